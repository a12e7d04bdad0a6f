import { codes } from "./errors.js";

const maxQueuedMessages = 20_000;

/** One stream to a recorder: what was agreed at registration, and how much waits to be written. */
export class Link {
  #stream;
  #abort;
  #ended = false;

  /**
   * @param {number} id
   * @param {{write: Function, end: Function}} stream
   * @param {(reason: string) => void} abort ends the stream at once
   */
  constructor(id, stream, abort) {
    this.id = id;
    this.#stream = stream;
    this.#abort = abort;
    this.registered = false;
    this.fence = 0;
    this.serviceId = "";
    this.lastHeardUs = 0;
    this.closeReason = "";
    /** RTP bytes that wait for the network. */
    this.queuedBytes = 0;
    this.queuedMessages = 0;
    this.batches = this.acknowledges = this.takesReports = this.takesDetails = this.takesStarts = this.takesQuality = false;
    /** No extension is in use: the plan's messages alone, times in ms. */
    this.isPlain = true;
  }

  get isOpen() {
    return !this.#ended;
  }

  register(register, announced) {
    const both = (name) => announced.includes(name) && (register.capabilities ?? []).includes(name);
    this.registered = true;
    this.fence = register.fence;
    this.serviceId = register.service_id;
    this.batches = both("rtp_batch");
    this.acknowledges = this.batches && both("rtp_ack");
    this.takesReports = this.batches && both("sender_reports");
    this.takesDetails = both("track_details");
    this.takesStarts = both("start_requested");
    this.takesQuality = both("quality");
    this.isPlain = !announced.some(both);
  }

  /** A time as this recorder wants it. */
  time(timeUs) {
    return this.isPlain ? Math.floor(timeUs / 1000) : timeUs;
  }

  /**
   * Hands a message to the stream; never waits.
   * @param {object | Buffer} message
   * @param {number} [weight] RTP bytes in it
   */
  send(message, weight = 0) {
    if (this.#ended) return;
    if (this.queuedMessages >= maxQueuedMessages) {
      this.abort("the recorder does not read");
      return;
    }
    this.queuedMessages++;
    this.queuedBytes += weight;
    this.#stream.write(message, () => {
      this.queuedMessages--;
      this.queuedBytes -= weight;
    });
  }

  sendError(requestId, code, message, roomId = "") {
    this.send({ request_id: requestId, error: { room_id: roomId, code, message } });
  }

  /** Lets what is queued go out, then ends the stream. */
  complete(reason, code = 0) {
    if (this.#ended) return;
    this.closeReason ||= reason;
    if (code !== 0) this.sendError("", code, reason);
    this.#ended = true;
    this.#stream.end();
  }

  /** Ends the stream at once; the rings still hold what waited. */
  abort(reason) {
    this.closeReason ||= reason;
    this.#ended = true;
    this.#abort(reason);
  }

  /** The stream has ended. */
  over() {
    this.#ended = true;
  }

  fencedOut(reason) {
    this.complete(reason, codes.fencedOut);
  }
}
