import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { Commands } from "./commands.js";
import { codes, RecordingError } from "./errors.js";
import { Link } from "./link.js";
import { RecordedRoom } from "./room.js";
import { RingBudget } from "./track-ring.js";

const tickMs = 20;
// One turn of the pump; what is left goes on in the next turn of the event loop.
const turnMs = 4;
const recorderTimeoutUs = 20_000_000;
const keepEndedUs = 600_000_000;
const maxRememberedRooms = 100_000;

/** The state of one SFU process: rooms, subscriptions, links to recorders, of which one is active. */
export class Session {
  #links = new Set();
  #highestFence = 0;
  #nextLink = 1;
  #timer;
  #woken = false;
  #turn = null;
  #eventsBefore = new Map();
  #prunedUs = 0;

  /**
   * @param {object} options checked options
   * @param {() => number} clock µs since 1970
   * @param {object} logger
   */
  constructor(options, clock, logger) {
    this.options = options;
    this.clock = clock;
    this.logger = logger;
    /** The epoch of packets and events. */
    this.sessionId = options.sessionId ?? (randomBytes(8).readBigUInt64BE() | 1n);
    this.budget = new RingBudget(options.totalRingBytes, options.batchBytes);
    this.commands = new Commands(this);
    /** @type {Map<string, RecordedRoom>} */
    this.rooms = new Map();
    /** @type {Link | null} */
    this.active = null;
    this.nextRequest = 1;
    /** @type {((method: string, request: object) => Promise<object>) | null} */
    this.controlCaller = null;
    this.counters = {
      links: 0, receivedPackets: 0, refusedPackets: 0, sentPackets: 0, sentBytes: 0, replayedPackets: 0, droppedEvents: 0, recorderErrors: 0, failures: 0,
    };
    this.#timer = setInterval(() => this.guard("the pump", () => this.tick()), tickMs);
  }

  get takesQuality() {
    return this.active?.takesQuality === true;
  }

  /** Runs what must not hurt the SFU: an error, thrown or by promise, is counted and logged. */
  guard(what, call) {
    try {
      const result = call();
      if (typeof result?.catch === "function") result.catch((error) => this.failed(what, error));
      return result;
    } catch (error) {
      this.failed(what, error);
      return undefined;
    }
  }

  failed(what, error) {
    this.counters.failures++;
    this.logger.error?.(`${what}: ${error?.stack ?? error}`);
  }

  roomCreated(options) {
    const known = this.rooms.get(options.roomId);
    if (known !== undefined && !known.closed) return known;
    const room = known ?? new RecordedRoom(this, options, (this.#eventsBefore.get(options.roomId) ?? 0) + 1);
    if (known !== undefined) known.reopen(options);
    this.rooms.set(room.roomId, room);
    room.announceCreated();
    return room;
  }

  /** Takes a stream to a recorder, whoever dialled. */
  open(stream, abort) {
    const link = new Link(this.#nextLink++, stream, abort);
    link.lastHeardUs = this.clock();
    this.#links.add(link);
    return link;
  }

  ended(link, reason) {
    if (!this.#links.delete(link)) return;
    link.over();
    if (this.active === link) {
      this.active = null;
      if (!link.acknowledges) this.commands.forgetRecordings();
    }
    this.logger.info?.(`link ${link.id} ended: ${link.closeReason || reason}`);
  }

  /** A message of a recorder. */
  handle(link, message) {
    link.lastHeardUs = this.clock();
    if (message.malformed !== undefined) {
      link.sendError("", codes.protocolViolation, `the message cannot be parsed: ${message.malformed}`);
    } else if (message.payload === "register") {
      this.#register(link, message);
    } else if (!link.registered) {
      link.sendError(message.request_id, codes.notRegistered, "register comes first");
    } else if (link === this.active) {
      this.guard(`handling ${message.payload}`, () => this.commands.handle(link, message));
    }
    this.wake();
  }

  /** Sends what is due soon, once however often it is asked. */
  wake() {
    if (this.#woken || this.active === null) return;
    this.#woken = true;
    setImmediate(() => {
      this.#woken = false;
      this.guard("the pump", () => this.#flush());
    });
  }

  tick() {
    const now = this.clock();
    if (this.active !== null && now - this.active.lastHeardUs > recorderTimeoutUs) this.active.abort("nothing heard of the recorder for 20 s");
    if (now - this.#prunedUs > 1_000_000) {
      this.#prunedUs = now;
      this.#prune(now);
    }
    this.#flush();
  }

  /** Calls the recorder's control service. */
  control(method, request) {
    if (this.controlCaller === null) {
      const reason = this.active === null ? "no recorder is connected" : "the connected recorder knows the plan's messages alone";
      return Promise.reject(new RecordingError(codes.notRegistered, `${method}: ${reason}, and the option "control" names no control service`));
    }
    return this.controlCaller(method, request);
  }

  /** Figures for metrics. */
  stats() {
    let tracks = 0;
    for (const track of this.commands.tracks) if (track.forwarding) tracks++;
    let roomsRecording = 0;
    for (const room of this.rooms.values()) if (room.recording) roomsRecording++;
    return {
      ...this.counters,
      droppedPackets: this.budget.dropped,
      connected: this.active !== null,
      rooms: this.rooms.size,
      roomsRecording,
      tracks,
      ringBytes: this.budget.bytes,
      queuedBytes: this.active?.queuedBytes ?? 0,
    };
  }

  /** Whether everything that was taken is acknowledged. */
  get isDrained() {
    for (const track of this.commands.tracks) if (track.ring.bytes > 0 || !track.allSent) return false;
    for (const room of this.rooms.values()) if (room.eventsWaiting > 0) return false;
    return true;
  }

  close(reason) {
    clearInterval(this.#timer);
    for (const link of this.#links) link.complete(reason);
  }

  #register(link, message) {
    const register = message.register;
    if (register.fence < this.#highestFence) {
      link.fencedOut(`fence ${register.fence} is older than ${this.#highestFence}`);
      return;
    }
    this.#highestFence = register.fence;
    if (this.active !== null && this.active !== link) {
      const older = this.active;
      older.fencedOut(`a newer link holds fence ${register.fence}`);
      if (!older.acknowledges) this.commands.forgetRecordings();
    }
    link.register(register, this.options.capabilities);
    this.active = link;
    const isFirst = this.counters.links++ === 0;
    let activeRooms = 0;
    for (const room of this.rooms.values()) if (!room.closed) activeRooms++;
    const response = { success: true, sfu_id: this.options.sfuId, active_rooms: activeRooms, timestamp: link.time(this.clock()) };
    link.send({
      request_id: message.request_id,
      register_response: link.isPlain ? response : { ...response, capabilities: this.options.capabilities, session_id: this.sessionId.toString() },
    });
    for (const room of this.rooms.values()) room.reannounce(link, isFirst);
    this.logger.info?.(`link ${link.id}: recorder ${link.serviceId} registered with fence ${link.fence}`);
  }

  #flush() {
    if (this.active === null || this.#turn !== null) return;
    for (const room of this.rooms.values()) room.flushEvents(this.active);
    this.#pump(this.commands.tracks);
  }

  #pump(tracks) {
    this.#turn = null;
    const active = this.active;
    if (active === null) return;
    const now = this.clock();
    const until = performance.now() + turnMs;
    for (let next = tracks.next(); !next.done; next = tracks.next()) {
      next.value.flush(active, now);
      if (performance.now() > until) {
        this.#turn = setImmediate(() => this.guard("the pump", () => this.#pump(tracks)));
        return;
      }
    }
  }

  #prune(now) {
    this.commands.prune(now, keepEndedUs);
    for (const room of this.rooms.values()) {
      for (const producer of room.producers.values()) producer.flushQuality(now);
      // A closed room waits until the recorder knows, or until nobody will ask.
      if (room.closed && ((room.eventsWaiting === 0 && !room.recording) || now - room.closedUs > keepEndedUs)) {
        this.rooms.delete(room.roomId);
        this.#remember(room);
      }
    }
  }

  // The same room id may be created again: its events are numbered on.
  #remember(room) {
    this.#eventsBefore.delete(room.roomId);
    this.#eventsBefore.set(room.roomId, room.nextEvent - 1);
    if (this.#eventsBefore.size > maxRememberedRooms) this.#eventsBefore.delete(this.#eventsBefore.keys().next().value);
  }
}
