import { encodeBatch, encodePacket, packetPrefix } from "./wire.js";
import { TrackRing } from "./track-ring.js";

/** A producer that is forwarded into one recording: its handle, its ring, and how far it was sent. */
export class TrackSubscription {
  #reports = [];
  #endedOnLink = 0;
  #highestSent = 0;
  #prefix = null;

  constructor(producer, recordingId, handle, session) {
    this.producer = producer;
    this.recordingId = recordingId;
    this.handle = handle;
    this.session = session;
    this.ring = new TrackRing({ maxBytes: session.options.ringBytes, maxAgeUs: session.options.ringSeconds * 1e6, budget: session.budget });
    /** The link on which the recorder subscribed last. */
    this.link = null;
    /** New packets are taken. */
    this.forwarding = false;
    /** Nothing follows: unsubscribed, stopped or closed. */
    this.ended = false;
    /** The recording was stopped: subscribing again only replays. */
    this.final = false;
    /** Next index to send. */
    this.cursor = 1;
    this.windowBytes = session.options.windowBytes;
    this.endedAtUs = 0;
  }

  get allSent() {
    return this.cursor >= this.ring.nextIndex;
  }

  /** Nothing is left to do for a recorder that acknowledged everything. */
  get isDone() {
    return this.ended && this.allSent && this.ring.bytes === 0;
  }

  append(timeUs, packet) {
    return this.ring.append(timeUs, packet);
  }

  addReport(report) {
    if (this.link?.takesReports && this.#reports.length < 256) this.#reports.push({ track_handle: this.handle, ...report });
  }

  end(nowUs) {
    this.forwarding = false;
    if (!this.ended) this.endedAtUs = nowUs;
    this.ended = true;
  }

  /** Sends again from an index; what is durable or not yet there is left out. */
  rewind(index) {
    const lowest = this.ring.durableIndex + 1;
    this.cursor = Math.min(Math.max(index, lowest), Math.max(this.ring.nextIndex, lowest));
  }

  /** The recorder will hear of the end again. */
  repeatEnd() {
    this.#endedOnLink = 0;
  }

  /** Nothing of it is wanted any more. */
  abandon(nowUs) {
    this.end(nowUs);
    this.ring.acknowledge(this.ring.nextIndex - 1);
    this.cursor = this.ring.nextIndex;
  }

  /** Sends what is due on the active link. */
  flush(active, nowUs) {
    if (this.link !== active || !active.isOpen) return;
    if (this.#reports.length > 0) {
      for (const report of this.#reports) active.send({ sender_report: report });
      this.#reports.length = 0;
    }
    if (active.batches) this.#sendBatches(active, nowUs);
    else this.#sendPackets(active);
    if (this.ended && this.allSent && this.#endedOnLink !== active.id) {
      this.#endedOnLink = active.id;
      if (active.acknowledges) active.send({ track_ended: { track_handle: this.handle, last_index: this.ring.nextIndex - 1 } });
    }
  }

  #sendBatches(active, nowUs) {
    const { options, counters } = this.session;
    const ring = this.ring;
    while (this.cursor < ring.nextIndex && active.queuedBytes < options.linkBufferBytes) {
      const from = Math.max(this.cursor, ring.firstIndex);
      const outstanding = active.acknowledges ? ring.bytesBefore(from) : 0;
      let allowed = options.batchBytes;
      if (active.acknowledges) {
        allowed = Math.min(allowed, this.windowBytes - outstanding);
        // With nothing outstanding one packet always goes, unless the recorder closed the window.
        if (this.windowBytes <= 0 || (allowed <= 0 && outstanding > 0)) return;
      }
      const stretch = ring.read(from, allowed);
      const length = stretch.end - stretch.start;
      if (length > allowed && outstanding > 0) return;
      const isLast = from + stretch.count >= ring.nextIndex;
      if (isLast && !this.ended && length < options.batchBytes && nowUs - stretch.timeUs < options.batchMs * 1000) return;
      // What the ring had to drop was never sent where the cursor stands behind it; a rewind may stand before it as well.
      const lostBefore = from > this.cursor ? from - Math.max(this.cursor, ring.durableIndex + 1) : 0;
      active.send(encodeBatch({ handle: this.handle, firstIndex: from, lostBefore }, stretch), length);
      this.#count(from, stretch.count, length, counters);
      this.cursor = from + stretch.count;
      if (!active.acknowledges) ring.acknowledge(this.cursor - 1);
    }
  }

  #sendPackets(active) {
    const { options, counters } = this.session;
    this.#prefix ??= packetPrefix(this.producer.room.roomId, this.recordingId, this.producer.producerId, this.producer.peerId);
    this.cursor = Math.max(this.cursor, this.ring.firstIndex);
    while (this.cursor < this.ring.nextIndex && active.queuedBytes < options.linkBufferBytes) {
      const { timeUs, data } = this.ring.packet(this.cursor);
      active.send(encodePacket(this.#prefix, data, Math.floor(timeUs / 1000)), data.length);
      this.#count(this.cursor, 1, data.length, counters);
      this.ring.acknowledge(this.cursor);
      this.cursor++;
    }
  }

  #count(first, count, bytes, counters) {
    const again = Math.min(count, Math.max(0, this.#highestSent - first + 1));
    counters.sentPackets += count;
    counters.sentBytes += bytes;
    counters.replayedPackets += again;
    this.#highestSent = Math.max(this.#highestSent, first + count - 1);
  }
}
