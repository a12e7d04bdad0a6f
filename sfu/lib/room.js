import { codes, RecordingError } from "./errors.js";
import { checkMayRecord, wirePolicy } from "./policy.js";
import { RecordedProducer } from "./producer.js";
import { withoutDetails } from "./track-details.js";

// Without a recorder events would gather for ever: beyond this the oldest give way, and a snapshot tells what they did.
const maxEvents = 4096;
const maxSpeakersWaiting = 512;
const startTimeoutMs = 15_000;

/** A room at the SFU: who is there, what happened, whether it is recorded. */
export class RecordedRoom {
  #session;
  #events = [];
  #sentEvent = 0;
  #lastSpeaker = "";
  #pendingStart = null;
  #lostEvents = false;

  constructor(session, options, firstEvent) {
    this.#session = session;
    this.roomId = options.roomId;
    this.createdUs = session.clock();
    this.closedUs = 0;
    this.nextEvent = firstEvent;
    this.peers = new Map();
    /** @type {Map<string, RecordedProducer>} producers that are not closed */
    this.producers = new Map();
    this.recording = false;
    this.recordingPaused = false;
    /** The id that this SFU gave the recording; empty = the recorder gives it. */
    this.ownRecordingId = "";
    this.#describe(options);
  }

  get closed() {
    return this.closedUs !== 0;
  }

  get eventsWaiting() {
    return this.#events.length;
  }

  /** The room policy changed: the plan's JSON, its object, or the wire's fields. */
  policyUpdated(policy) {
    this.policy = this.#readPolicy(policy);
    if (this.policy !== null) this.announce("room_policy_updated", { room_id: this.roomId, policy: this.policy });
  }

  /** @param {{peerId: string, displayName?: string, device?: string, isHost?: boolean, isCoHost?: boolean, isPanelist?: boolean}} peer */
  peerJoined(peer) {
    if (this.closed || this.peers.has(peer.peerId)) return;
    this.peers.set(peer.peerId, { ...peer, joinedUs: this.#session.clock() });
    this.announce("peer_joined", this.#peerBody(peer));
  }

  peerLeft(peerId, reason = "left") {
    const peer = this.peers.get(peerId);
    if (peer === undefined) return;
    for (const producer of [...this.producers.values()]) {
      if (producer.peerId === peerId) producer.close(reason);
    }
    this.peers.delete(peerId);
    this.announce("peer_left", { peer_id: peerId, reason, duration_seconds: Math.round((this.#session.clock() - peer.joinedUs) / 1e6) });
  }

  /**
   * A participant publishes a track.
   * @param {object} options see recording-server.d.ts
   * @returns {RecordedProducer}
   */
  producerCreated(options) {
    const known = this.producers.get(options.producerId);
    if (known !== undefined) return known;
    const producer = new RecordedProducer(this, options, this.#session);
    if (this.closed) {
      producer.closed = true;
      return producer;
    }
    this.producers.set(producer.producerId, producer);
    this.announce("producer_created", producer.describe());
    if (producer.paused) this.announce("producer_paused", { producer_id: producer.producerId, peer_id: producer.peerId });
    return producer;
  }

  /** Someone has the floor. @param {number} [volume] dBov, -127..0 */
  activeSpeaker(peerId, volume = 0) {
    if (this.closed || this.#events.length > maxSpeakersWaiting) return;
    if (peerId === this.#lastSpeaker && this.#session.active === null) return;
    this.#lastSpeaker = peerId;
    this.announce("active_speaker", { peer_id: peerId, volume: Math.round(volume) });
  }

  close(reason = "closed") {
    if (this.closed) return;
    for (const peerId of [...this.peers.keys()]) this.peerLeft(peerId, reason);
    for (const producer of [...this.producers.values()]) producer.close(reason);
    this.#session.commands.roomClosed(this);
    this.announce("room_closed", { room_id: this.roomId, reason, duration_seconds: Math.round((this.#session.clock() - this.createdUs) / 1e6) });
    this.closedUs = this.#session.clock();
    this.#failStart(new RecordingError(codes.unknownRoom, `room ${this.roomId} was closed`));
  }

  /**
   * A participant asks for a recording: the plan's role check, then the recorder is asked.
   * @param {string} peerId
   * @param {object} [config] record_audio, record_video, record_screenshare, participant_ids, storage_path; by policy when left out
   * @returns {Promise<{recordingId: string}>} settled by the recorder's answer; the id is known where the control service was asked
   */
  async startRecording(peerId, config) {
    checkMayRecord(this.policy, peerId, this.peers.get(peerId), this.hostId);
    const policyJson = this.policyJson;
    if (this.#session.active?.takesStarts) {
      if (this.recording) return { recordingId: this.ownRecordingId };
      return this.#requestStart(peerId, config, policyJson);
    }
    const recording = await this.#session.control("StartRecording", { room_id: this.roomId, requester_id: peerId, policy_json: policyJson, config });
    return { recordingId: recording.recording_id };
  }

  /** @param {{peerId?: string, recordingId?: string, compose?: boolean}} [options] */
  async stopRecording({ peerId = "", recordingId = "", compose = false } = {}) {
    await this.#session.control("StopRecording", { room_id: this.roomId, recording_id: recordingId, requester_id: peerId, trigger_post_processing: compose });
  }

  async pauseRecording({ peerId = "", recordingId = "" } = {}) {
    await this.#session.control("PauseRecording", { room_id: this.roomId, recording_id: recordingId, requester_id: peerId });
  }

  async resumeRecording({ peerId = "", recordingId = "" } = {}) {
    await this.#session.control("ResumeRecording", { room_id: this.roomId, recording_id: recordingId, requester_id: peerId });
  }

  displayName(peerId) {
    return this.peers.get(peerId)?.displayName ?? "";
  }

  /** Created again under the same id after it was closed. */
  reopen(options) {
    this.closedUs = 0;
    this.createdUs = this.#session.clock();
    this.recording = this.recordingPaused = false;
    this.#describe(options);
  }

  announceCreated() {
    this.announce("room_created", this.#roomBody());
  }

  forget(producer) {
    if (this.producers.get(producer.producerId) === producer) this.producers.delete(producer.producerId);
  }

  announce(name, body) {
    if (this.closed) return;
    this.#events.push({ index: this.nextEvent++, timeUs: this.#session.clock(), name, body });
    if (this.#events.length > maxEvents) {
      this.#events.shift();
      this.#lostEvents = true;
      this.#session.counters.droppedEvents++;
    }
    this.#session.wake();
  }

  /** Sends what happened since; a link that does not acknowledge gets each event once. */
  flushEvents(link) {
    for (const event of this.#events) {
      if (event.index > this.#sentEvent) {
        this.#sentEvent = event.index;
        this.#sendEvent(link, event);
      }
    }
    if (!link.acknowledges) this.#events.length = 0;
  }

  /** A new link: unacknowledged events again, or, for a recorder that does not acknowledge, the state as events. */
  reannounce(link, firstLink) {
    this.#sentEvent = 0;
    if (link.acknowledges || this.closed || (firstLink && !this.#lostEvents)) return;
    this.#events.length = 0;
    this.#lostEvents = false;
    this.announceCreated();
    for (const peer of this.peers.values()) this.announce("peer_joined", this.#peerBody(peer));
    for (const producer of this.producers.values()) {
      this.announce("producer_created", producer.describe());
      if (producer.paused) this.announce("producer_paused", { producer_id: producer.producerId, peer_id: producer.peerId });
    }
  }

  acknowledgeEvents(index) {
    let gone = 0;
    while (gone < this.#events.length && this.#events[gone].index <= index) gone++;
    if (gone > 0) this.#events.splice(0, gone);
  }

  /** The room as it is now. */
  snapshot(link) {
    const time = (us) => link.time(us);
    const describe = (producer) => (link.takesDetails ? producer.describe() : withoutDetails(producer.describe()));
    return {
      room: { ...this.#roomBody(), timestamp: time(this.createdUs) },
      peers: [...this.peers.values()].map((peer) => ({ ...this.#peerBody(peer), timestamp: time(peer.joinedUs) })),
      producers: [...this.producers.values()].map((producer) => ({ producer: { ...describe(producer), timestamp: time(this.#session.clock()) }, paused: producer.paused })),
      ...(this.policy ? { policy: this.policy } : {}),
      event_index: this.nextEvent - 1,
    };
  }

  /** The recorder begins. */
  started() {
    if (!this.recording) {
      this.recording = true;
      this.recordingPaused = false;
    }
    this.#pendingStart?.resolve({ recordingId: this.ownRecordingId });
    this.#pendingStart = null;
  }

  /** The recorder refused what was asked with this id. */
  refused(requestId, error) {
    if (this.#pendingStart?.requestId === requestId) this.#failStart(error);
  }

  /** Nothing is recorded any more. */
  stopped() {
    this.recording = this.recordingPaused = false;
    this.ownRecordingId = "";
  }

  #describe(options) {
    this.policy = this.#readPolicy(options.policy);
    this.policyJson = typeof options.policy === "string" ? options.policy : options.policy?.features ? JSON.stringify(options.policy) : "";
    this.hostId = options.hostId ?? this.policy?.host_id ?? "";
    this.roomName = options.roomName ?? "";
    this.meetingType = options.meetingType ?? "";
  }

  // A policy that nobody can read must not allow what its author may have forbidden.
  #readPolicy(policy) {
    try {
      return wirePolicy(policy);
    } catch (error) {
      this.#session.failed(`policy of room ${this.roomId}`, error);
      return wirePolicy({ enabled: false });
    }
  }

  #requestStart(peerId, config, policyJson) {
    this.#failStart(new RecordingError(codes.protocolViolation, "asked again"));
    const requestId = `start-${this.#session.nextRequest++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#failStart(new RecordingError(codes.heartbeatLost, "the recorder did not answer")), startTimeoutMs);
      const settle = (call) => (value) => {
        clearTimeout(timer);
        call(value);
      };
      this.#pendingStart = { requestId, resolve: settle(resolve), reject: settle(reject) };
      const message = { room_id: this.roomId, requester_id: peerId, policy_json: policyJson, ...(config ? { config } : {}) };
      this.flushEvents(this.#session.active);
      this.#session.active.send({ request_id: requestId, start_requested: message });
    });
  }

  #failStart(error) {
    this.#pendingStart?.reject(error);
    this.#pendingStart = null;
  }

  #sendEvent(link, { index, timeUs, name, body }) {
    if (name === "producer_quality" && !link.takesQuality) return;
    const timestamp = link.time(timeUs);
    const sent = name === "producer_created" && !link.takesDetails ? withoutDetails(body) : body;
    link.send({ room_event: { room_id: this.roomId, timestamp, ...(link.acknowledges ? { event_index: index } : {}), [name]: { ...sent, timestamp } } });
  }

  #roomBody() {
    return { room_id: this.roomId, room_name: this.roomName, host_id: this.hostId, meeting_type: this.meetingType, ...(this.policy ? { policy: this.policy } : {}) };
  }

  #peerBody(peer) {
    return {
      peer_id: peer.peerId,
      display_name: peer.displayName ?? "",
      device_flag: peer.device ?? "",
      is_host: peer.isHost ?? peer.peerId === this.hostId,
      is_co_host: peer.isCoHost ?? this.policy?.co_host_ids.includes(peer.peerId) ?? false,
      is_panelist: peer.isPanelist ?? this.policy?.panelist_ids.includes(peer.peerId) ?? false,
    };
  }
}
