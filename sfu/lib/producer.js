import { isScreenshare, trackDetails } from "./track-details.js";

// A packet has to fit one block of a track file with its framing.
const maxPacketBytes = (64 << 10) - 32;
const minPacketBytes = 12;
const qualityIntervalUs = 1_000_000;

/** Where the media of a producer that was opened for the recorder goes; deaf once it is closed. */
class MediaSink {
  constructor(producer) {
    this.producer = producer;
    this.isOpen = true;
  }

  rtp(packet, timeUs) {
    return this.isOpen && this.producer.rtp(packet, timeUs);
  }

  senderReport(report, timeUs) {
    if (this.isOpen) this.producer.senderReport(report, timeUs);
  }
}

/** A track of a participant, as the SFU sees it. */
export class RecordedProducer {
  #session;
  #sink = null;
  #media = null;
  #opening = null;
  #qualityDueUs = 0;
  #quality = null;

  constructor(room, options, session) {
    this.room = room;
    this.#session = session;
    this.options = options;
    this.producerId = options.producerId;
    this.peerId = options.peerId;
    this.closed = false;
    this.paused = options.paused === true;
    /** @type {import("./track.js").TrackSubscription | null} */
    this.subscription = null;
    this.isScreenshare = isScreenshare(options);
    this.trackType = options.trackType ?? (this.isScreenshare ? "screenshare" : options.kind === "audio" ? "mic" : "camera");
    this.details = trackDetails(options.rtpParameters);
  }

  /** The recorder takes what comes. */
  get isRecorded() {
    return this.subscription !== null && this.subscription.forwarding && !this.paused && !this.room.recordingPaused;
  }

  /**
   * One RTP packet; it is copied. Never throws.
   * @param {Buffer | Uint8Array} packet
   * @param {number} [timeUs] arrival, µs since 1970 on the SFU's clock; now when left out
   * @returns {boolean} whether it will be recorded
   */
  rtp(packet, timeUs) {
    if (!this.isRecorded) return false;
    if (packet.length < minPacketBytes || packet.length > maxPacketBytes || packet[0] >> 6 !== 2) {
      this.#session.counters.refusedPackets++;
      return false;
    }
    this.subscription.append(timeUs ?? this.#session.clock(), packet);
    this.#session.counters.receivedPackets++;
    return true;
  }

  /**
   * A sender report of the producer itself (RFC 3550, 6.4.1). Never throws.
   * @param {{ssrc: number, ntpSeconds: number, ntpFraction: number, rtpTimestamp: number}} report NTP time as its two halves; ssrc as in the packets
   * @param {number} [timeUs] arrival
   */
  senderReport(report, timeUs) {
    if (!this.isRecorded) return;
    const ntp = (BigInt(report.ntpSeconds >>> 0) << 32n) | BigInt(report.ntpFraction >>> 0);
    this.subscription.addReport({
      ssrc: report.ssrc,
      ntp_time: ntp.toString(),
      rtp_timestamp: report.rtpTimestamp >>> 0,
      arrival_time_us: timeUs ?? this.#session.clock(),
    });
  }

  pause() {
    this.#setPaused(true);
  }

  resume() {
    this.#setPaused(false);
  }

  close(reason = "closed") {
    if (this.closed) return;
    this.closed = true;
    this.subscription?.end(this.#session.clock());
    this.releaseMedia();
    this.room.forget(this);
    this.room.announce("producer_closed", { producer_id: this.producerId, peer_id: this.peerId, reason });
  }

  /**
   * How well the producer's streams arrive, or which layers the recorder gets. At most one event a second goes into the timeline, the newest.
   * @param {{scores?: {ssrc: number, rid?: string, score: number}[], layers?: {spatial: number, temporal: number} | null}} quality scores 0 (nothing arrives) to 10
   */
  quality(quality) {
    if (this.closed || !this.#session.takesQuality) return;
    this.#quality = { ...this.#quality, ...quality };
    this.flushQuality(this.#session.clock());
  }

  /** Announces a quality that waited for its second. */
  flushQuality(nowUs) {
    if (this.#quality === null || nowUs < this.#qualityDueUs) return;
    this.#qualityDueUs = nowUs + qualityIntervalUs;
    const { scores = [], layers } = this.#quality;
    this.#quality = null;
    this.room.announce("producer_quality", {
      producer_id: this.producerId,
      peer_id: this.peerId,
      scores: scores.map(({ ssrc, rid = "", score }) => ({ ssrc, rid, score })),
      ...(layers ? { layers } : {}),
    });
  }

  /** What the wire's messages say of it. */
  describe() {
    return {
      producer_id: this.producerId,
      peer_id: this.peerId,
      kind: this.options.kind,
      track_type: this.trackType,
      display_name: this.options.displayName ?? this.room.displayName(this.peerId),
      is_screenshare: this.isScreenshare,
      ...this.details,
      consumer_type: this.#media?.consumerType ?? "simple",
    };
  }

  /** What the packets are made of: the opened media's parameters where it has its own. */
  trackInfo() {
    const parameters = this.#media?.rtpParameters;
    return parameters ? { ...this.describe(), ...trackDetails(parameters, this.options.rtpParameters) } : this.describe();
  }

  get consumerId() {
    return this.#media?.consumerId ?? this.producerId;
  }

  /** Opens the media for the recorder, unless it is open. */
  openMedia() {
    if (this.options.open === undefined || this.#media !== null) return Promise.resolve();
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Closes the media unless a recording still takes it. */
  releaseMedia() {
    if (this.subscription?.forwarding || this.#media === null) return;
    const media = this.#media;
    this.#media = null;
    this.#sink.isOpen = false;
    this.#session.guard("closing media", () => media.close?.());
  }

  requestKeyframe(ssrc = 0) {
    const request = this.#media?.requestKeyframe ?? this.options.requestKeyframe;
    if (request && this.options.kind === "video" && !this.closed) this.#session.guard("requesting a key frame", () => request(ssrc));
  }

  async #open() {
    const sink = new MediaSink(this);
    try {
      this.#sink = sink;
      const media = await this.options.open(sink);
      this.#media = media ?? {};
    } finally {
      this.#opening = null;
      if (this.#media === null) sink.isOpen = false;
      // It may have been closed or unsubscribed while it opened.
      else this.releaseMedia();
    }
  }

  #setPaused(paused) {
    if (this.closed || this.paused === paused) return;
    this.paused = paused;
    this.room.announce(paused ? "producer_paused" : "producer_resumed", { producer_id: this.producerId, peer_id: this.peerId });
    if (!paused) this.requestKeyframe();
  }
}
