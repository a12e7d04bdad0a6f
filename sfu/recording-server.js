import { hostname } from "node:os";
import { BridgeEndpoint } from "./lib/bridge-endpoint.js";
import { monotonicClock } from "./lib/clock.js";
import { controlCaller } from "./lib/control-caller.js";
import { IngestDialer } from "./lib/ingest-dialer.js";
import { AttachedRoom } from "./lib/mediasoup/attached-room.js";
import { Session } from "./lib/session.js";
import { capabilities } from "./lib/wire.js";

export { RecordingError, codes } from "./lib/errors.js";

const defaults = Object.freeze({
  host: "0.0.0.0",
  port: 50055,
  ringBytes: 32 << 20,
  ringSeconds: 120,
  totalRingBytes: 512 << 20,
  batchMs: 60,
  batchBytes: 16 << 10,
  windowBytes: 1 << 20,
  linkBufferBytes: 4 << 20,
  capabilities,
});

const ranges = { ringBytes: 1024, ringSeconds: 1, totalRingBytes: 1024, batchMs: 0, batchBytes: 1024, windowBytes: 1024, linkBufferBytes: 1024 };
const maxBatchBytes = 60 << 10;
const drainMs = 10_000;
const drainStepMs = 20;

function checked(options) {
  const all = { ...defaults, sfuId: hostname(), ...options };
  for (const [name, least] of Object.entries(ranges)) {
    if (!Number.isFinite(all[name]) || all[name] < least) throw new RangeError(`${name} must be a number of at least ${least}, not ${all[name]}`);
  }
  if (all.batchBytes > maxBatchBytes) throw new RangeError(`batchBytes must be at most ${maxBatchBytes}, not ${all.batchBytes}`);
  if (!Number.isInteger(all.port) || all.port < 0 || all.port > 65535) throw new RangeError(`port must be 0 to 65535, not ${all.port}`);
  if (all.tls === true && all.dial === undefined) throw new TypeError("tls: true is for dialling; a server needs cert and key");
  return all;
}

/** The SFU's side of the recording service. Made by `createRecordingServer`. */
export class RecordingServer {
  #session;
  #endpoint = null;
  #dialer = null;
  #control = null;
  #attached = new Map();

  constructor(options) {
    const all = checked(options);
    this.#session = new Session(all, all.clock ?? monotonicClock(), all.logger ?? { warn: console.warn, error: console.error });
    /** Port that recorders dial; 0 where this SFU dials. */
    this.port = 0;
  }

  async start() {
    const { options } = this.#session;
    const addresses = [options.dial ?? []].flat();
    const control = options.control ?? addresses[0];
    if (control !== undefined) {
      // The control service speaks to clients: a server's own certificate is not meant for it.
      this.#control = controlCaller(control, { tls: options.controlTls ?? (addresses.length > 0 ? options.tls : undefined), token: options.token });
      this.#session.controlCaller = this.#control.call;
    }
    if (addresses.length > 0) {
      this.#dialer = new IngestDialer(this.#session, addresses);
      this.#dialer.start();
    } else {
      this.#endpoint = new BridgeEndpoint(this.#session);
      try {
        this.port = await this.#endpoint.listen(options.host, options.port, options.tls);
      } catch (error) {
        await this.close({ drainMs: 0 });
        throw error;
      }
    }
    return this;
  }

  /** Random number of this SFU process: the epoch of its packets. */
  get sessionId() {
    return this.#session.sessionId;
  }

  /** Now on this SFU's clock, µs since 1970. */
  now() {
    return this.#session.clock();
  }

  /** The open room of this id. */
  room(roomId) {
    const room = this.#session.rooms.get(roomId);
    return room?.closed === false ? room : undefined;
  }

  roomCreated(options) {
    return this.#session.roomCreated(options);
  }

  roomClosed(roomId, reason) {
    this.room(roomId)?.close(reason);
  }

  policyUpdated(roomId, policy) {
    this.room(roomId)?.policyUpdated(policy);
  }

  peerJoined(roomId, peer) {
    this.room(roomId)?.peerJoined(peer);
  }

  peerLeft(roomId, peerId, reason) {
    this.room(roomId)?.peerLeft(peerId, reason);
  }

  producerCreated(roomId, options) {
    return this.room(roomId)?.producerCreated(options);
  }

  producerClosed(roomId, producerId, reason) {
    this.room(roomId)?.producers.get(producerId)?.close(reason);
  }

  producerPaused(roomId, producerId) {
    this.room(roomId)?.producers.get(producerId)?.pause();
  }

  producerResumed(roomId, producerId) {
    this.room(roomId)?.producers.get(producerId)?.resume();
  }

  activeSpeaker(roomId, peerId, volume) {
    this.room(roomId)?.activeSpeaker(peerId, volume);
  }

  /** Attaches a room of mediasoup-demo's shape; it is left by itself when the room closes. */
  attachRoom(room, options) {
    const known = this.#attached.get(room);
    if (known !== undefined) return known.recorded;
    const attached = new AttachedRoom(this, room, options, this.#session, () => this.#attached.delete(room));
    this.#attached.set(room, attached);
    attached.start();
    return attached.recorded;
  }

  /** Counters and gauges; plain numbers. */
  stats() {
    return this.#session.stats();
  }

  /** Waits until all that was taken is acknowledged (at most `drainMs`), then ends all links and listening. */
  async close({ drainMs: patience = drainMs } = {}) {
    for (const attached of [...this.#attached.values()]) attached.stop();
    const until = Date.now() + patience;
    while (this.#session.active !== null && !this.#session.isDrained && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, drainStepMs));
    this.#session.close("the SFU is shutting down");
    await this.#dialer?.close();
    await this.#endpoint?.close();
    this.#control?.close();
  }
}

/**
 * Makes the SFU's side of the recording service and starts it: listening, or dialling where `dial` is given.
 * @param {import("./recording-server.js").RecordingServerOptions} [options]
 * @returns {Promise<RecordingServer>}
 */
export async function createRecordingServer(options = {}) {
  return new RecordingServer(options).start();
}
