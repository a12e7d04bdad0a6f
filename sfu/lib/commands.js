import { codes, RecordingError } from "./errors.js";
import { TrackSubscription } from "./track.js";
import { withoutDetails } from "./track-details.js";

/** What a recorder may ask of the SFU, and the answers. */
export class Commands {
  #session;
  #byRecording = new Map();
  #byHandle = new Map();
  #nextHandle = 1;
  #nextRecording = 1;

  constructor(session) {
    this.#session = session;
  }

  /** Every subscription that may still be asked about. */
  get tracks() {
    return this.#byHandle.values();
  }

  handle(link, message) {
    const id = message.request_id;
    switch (message.payload) {
      case "start_recording": return this.#start(link, id, message.start_recording);
      case "stop_recording": return this.#stop(link, id, message.stop_recording);
      case "pause_recording": return this.#pause(link, id, message.pause_recording.room_id, true);
      case "resume_recording": return this.#pause(link, id, message.resume_recording.room_id, false);
      case "subscribe_track": return this.#subscribe(link, id, message.subscribe_track);
      case "unsubscribe_track": return this.#unsubscribe(link, id, message.unsubscribe_track);
      case "heartbeat":
        return link.send({ request_id: id, heartbeat_ack: { timestamp: message.heartbeat.timestamp, server_time: link.time(this.#session.clock()) } });
      case "rtp_ack": return this.#acknowledge(link, id, message.rtp_ack);
      case "replay": return this.#track(link, id, message.replay.track_handle)?.rewind(message.replay.from_index);
      case "event_ack": return this.#session.rooms.get(message.event_ack.room_id)?.acknowledgeEvents(message.event_ack.event_index);
      case "request_keyframe": {
        const { room_id, producer_id, ssrc } = message.request_keyframe;
        return this.#session.rooms.get(room_id)?.producers.get(producer_id)?.requestKeyframe(ssrc);
      }
      case "room_snapshot_request": return this.#snapshot(link, id, message.room_snapshot_request.room_ids);
      case "error": return this.#error(id, message.error);
      default: return link.sendError(id, codes.protocolViolation, `cannot handle ${message.payload ?? "a message without a known payload"}`);
    }
  }

  /** A recorder that does not acknowledge is gone: it will start and subscribe anew. */
  forgetRecordings() {
    const now = this.#session.clock();
    for (const track of this.#byHandle.values()) {
      track.abandon(now);
      if (track.producer.subscription === track) track.producer.subscription = null;
      track.producer.releaseMedia();
    }
    this.#byRecording.clear();
    this.#byHandle.clear();
    for (const room of this.#session.rooms.values()) room.stopped();
  }

  /** Forgets tracks that ended so long ago that no recorder will ask for them. */
  prune(nowUs, keepUs) {
    for (const track of this.#byHandle.values()) {
      if (!track.ended || nowUs - track.endedAtUs < keepUs) continue;
      if (track.producer.subscription === track) track.producer.subscription = null;
      track.ring.giveUp();
      this.#byHandle.delete(track.handle);
      const id = key(track.producer.room.roomId, track.producer.producerId, track.recordingId);
      if (this.#byRecording.get(id) === track) this.#byRecording.delete(id);
    }
  }

  /** A room's recordings end with it, even where its id and those of its producers are used again. */
  roomClosed(room) {
    for (const track of this.#byHandle.values()) if (track.producer.room === room) track.final = true;
  }

  #start(link, requestId, { room_id: roomId }) {
    const room = this.#session.rooms.get(roomId);
    if (room === undefined || room.closed) {
      link.send({ request_id: requestId, start_recording_response: { success: false, error_message: `unknown room ${roomId}` } });
      return;
    }
    // The plan's recorder takes the id that the SFU gives; one that knows extensions has its own.
    if (!room.recording && link.isPlain) room.ownRecordingId = `${this.#session.options.sfuId}-${this.#session.sessionId.toString(16)}-${this.#nextRecording++}`;
    const info = (producer) => (link.takesDetails ? producer.trackInfo() : withoutDetails(producer.trackInfo()));
    link.send({
      request_id: requestId,
      start_recording_response: {
        success: true,
        recording_id: room.ownRecordingId,
        ...(room.policy ? { policy: room.policy } : {}),
        available_tracks: [...room.producers.values()].map(info),
      },
    });
    room.started();
    this.#session.logger.info?.(`recording of room ${roomId} started`);
  }

  #stop(link, requestId, { room_id: roomId, recording_id: recordingId }) {
    const room = this.#session.rooms.get(roomId);
    if (room === undefined) {
      link.sendError(requestId, codes.unknownRoom, `unknown room ${roomId}`, roomId);
      return;
    }
    let isCurrent = recordingId === "" || recordingId === room.ownRecordingId;
    for (const track of this.#byHandle.values()) {
      if (track.producer.room !== room || (recordingId !== "" && track.recordingId !== recordingId)) continue;
      isCurrent ||= track.producer.subscription === track && track.forwarding;
      track.end(this.#session.clock());
      track.final = true;
      track.repeatEnd();
      track.producer.releaseMedia();
    }
    // A repeated stop of an earlier recording must not end the one that runs now.
    const runs = [...room.producers.values()].some((producer) => producer.subscription?.forwarding);
    if (room.recording && (isCurrent || !runs)) {
      room.stopped();
      this.#session.logger.info?.(`recording of room ${roomId} stopped`);
    }
  }

  #pause(link, requestId, roomId, paused) {
    const room = this.#session.rooms.get(roomId);
    if (room === undefined || !room.recording) {
      link.sendError(requestId, codes.noSuchRecording, `room ${roomId} is not recorded`, roomId);
      return;
    }
    room.recordingPaused = paused;
    if (!paused) for (const producer of room.producers.values()) producer.requestKeyframe();
  }

  async #subscribe(link, requestId, request) {
    const { room_id: roomId, producer_id: producerId, recording_id: recordingId } = request;
    const room = this.#session.rooms.get(roomId);
    const id = key(roomId, producerId, recordingId);
    let track = this.#byRecording.get(id);
    // What has ended for good is asked for to be replayed: a new producer under the same id is none of it.
    const producer = track?.final ? track.producer : (room?.producers.get(producerId) ?? track?.producer);
    if (producer === undefined) {
      link.sendError(requestId, room === undefined ? codes.unknownRoom : codes.unknownProducer, `cannot subscribe ${producerId} in ${roomId}`, roomId);
      return;
    }
    if (track === undefined || track.producer !== producer) {
      track = new TrackSubscription(producer, recordingId, this.#nextHandle++, this.#session);
      this.#byHandle.set(track.handle, track);
      this.#byRecording.set(id, track);
    } else if (request.resume_from > 0 || track.link !== link) {
      track.rewind(Math.max(1, request.resume_from));
    }
    if (!producer.closed && !track.final) {
      try {
        await this.#forward(producer, track);
      } catch (error) {
        this.#session.failed(`opening ${producerId}`, error);
        link.sendError(requestId, codes.unknownProducer, `${producerId} could not be opened: ${error.message}`, roomId);
        return;
      }
    }
    // Opening took time: a newer link has subscribed for itself.
    if (link !== this.#session.active) return;
    track.link = link;
    track.repeatEnd();
    const info = producer.trackInfo();
    link.send({
      request_id: requestId,
      track_subscribed: {
        room_id: roomId,
        producer_id: producerId,
        consumer_id: producer.consumerId,
        track_info: link.takesDetails ? info : withoutDetails(info),
        track_handle: link.batches ? track.handle : 0,
      },
    });
    producer.requestKeyframe();
    this.#session.wake();
  }

  async #forward(producer, track) {
    const earlier = producer.subscription;
    if (earlier !== null && earlier !== track) earlier.end(this.#session.clock());
    track.ended = false;
    track.forwarding = true;
    producer.subscription = track;
    try {
      await producer.openMedia();
    } catch (error) {
      track.end(this.#session.clock());
      if (producer.subscription === track) producer.subscription = null;
      throw error;
    }
  }

  #unsubscribe(link, requestId, { room_id: roomId, producer_id: producerId, recording_id: recordingId }) {
    const track = this.#byRecording.get(key(roomId, producerId, recordingId));
    if (track === undefined) {
      link.sendError(requestId, codes.unknownProducer, `${producerId} is not subscribed`, roomId);
      return;
    }
    track.end(this.#session.clock());
    track.repeatEnd();
    track.producer.releaseMedia();
  }

  #acknowledge(link, requestId, ack) {
    const track = this.#track(link, requestId, ack.track_handle);
    if (track === undefined) return;
    track.ring.acknowledge(ack.durable_index);
    track.windowBytes = ack.window_bytes;
  }

  #snapshot(link, requestId, roomIds) {
    const rooms = [...this.#session.rooms.values()].filter((room) => !room.closed && (roomIds.length === 0 || roomIds.includes(room.roomId)));
    link.send({ request_id: requestId, room_snapshot: { rooms: rooms.map((room) => room.snapshot(link)) } });
  }

  #error(requestId, error) {
    this.#session.counters.recorderErrors++;
    this.#session.logger.warn?.(`recorder says ${error.code}: ${error.message}${error.room_id ? ` (room ${error.room_id})` : ""}`);
    for (const room of this.#session.rooms.values()) room.refused(requestId, new RecordingError(error.code, error.message));
  }

  #track(link, requestId, handle) {
    const track = this.#byHandle.get(handle);
    if (track === undefined) link.sendError(requestId, codes.unknownProducer, `no track has handle ${handle}`);
    return track;
  }
}

function key(...parts) {
  return JSON.stringify(parts);
}
