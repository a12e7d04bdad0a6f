// A small SFU: browsers publish to it by WebRTC (werift), it hands every RTP packet to the recorder's package as it came.
import * as werift from "werift";
import { UdpRelay } from "./network.js";
import { accepted, identityExtensions, identityOf, mediaOf } from "./sdp.js";

const bitrate = 1_500_000;
const feedback = [{ type: "nack" }, { type: "nack", parameter: "pli" }, { type: "ccm", parameter: "fir" }, { type: "goog-remb" }];
const codec = (mimeType, payloadType, parameters, rtcpFeedback = feedback) => new werift.RTCRtpCodecParameters({ mimeType, payloadType, clockRate: 90000, parameters, rtcpFeedback });
const codecs = {
  VP8: [codec("video/VP8", 96, `x-google-start-bitrate=${bitrate / 1000}`), codec("video/rtx", 97, "apt=96", [])],
  VP9: [codec("video/VP9", 98, "profile-id=0"), codec("video/rtx", 99, "apt=98", [])],
  H264: [codec("video/H264", 102, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"), codec("video/rtx", 103, "apt=102", [])],
};
const opus = new werift.RTCRtpCodecParameters({ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2, parameters: "minptime=10;useinbandfec=1" });
const gatherMs = 2000;

/** One RTCPeerConnection of a browser, and the producers that come over it. */
class Publication {
  #pc;
  #dtls;
  #bySsrc = new Map();
  #byMid = new Map();
  #byRid = new Map();
  #ids = new Map();
  #timer;

  constructor(sfu, room, { peerId, source }) {
    this.sfu = sfu;
    this.room = room;
    this.peerId = peerId;
    this.source = source;
    this.producers = [];
  }

  /** Answers an offer. */
  async answer(offer, videoCodec) {
    const extensions = [werift.useSdesMid(), werift.useAbsSendTime()];
    this.#pc = new werift.RTCPeerConnection({
      codecs: { audio: [opus], video: codecs[videoCodec] },
      headerExtensions: { audio: [...extensions, werift.useAudioLevelIndication()], video: [...extensions, werift.useSdesRTPStreamId(), werift.useRepairedRtpStreamId()] },
      iceServers: [],
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ["127.0.0.1"],
    });
    await this.#pc.setRemoteDescription({ type: "offer", sdp: offer });
    const description = await this.#pc.createAnswer();
    this.#dtls = this.#pc.dtlsTransports[0];
    this.#tap();
    await this.#pc.setLocalDescription(description);
    await this.#gathered();
    const { sdp } = this.#pc.localDescription;
    const sections = mediaOf(offer).map((section) => accepted(section, sdp));
    this.#ids = identityExtensions(sections);
    for (const section of sections) this.#produce(section);
    this.#timer = setInterval(() => this.#sendRemb(), 500);
    return this.#withRelay(sdp);
  }

  close() {
    clearInterval(this.#timer);
    for (const producer of this.producers) producer.recorded.close();
    this.sfu.droppedByNetwork += this.relay.dropped;
    this.relay.close();
    return this.#pc.close();
  }

  #produce(section) {
    const producer = { section, kind: section.kind };
    const producerId = `${this.peerId}-${this.source}-${section.kind}-${this.sfu.nextProducer++}`;
    producer.recorded = this.room.producerCreated({
      producerId,
      peerId: this.peerId,
      kind: section.kind,
      appData: { share: this.source === "screen" },
      rtpParameters: section.rtpParameters,
      requestKeyframe: () => this.#requestKeyframes(producer),
    });
    producer.ssrcs = new Set();
    this.producers.push(producer);
    this.#byMid.set(section.mid, producer);
    for (const rid of section.rids) this.#byRid.set(rid, producer);
    for (const { ssrc, rtx } of section.rtpParameters.encodings) {
      if (ssrc) this.#bySsrc.set(ssrc, producer);
      if (ssrc) producer.ssrcs.add(ssrc);
      if (rtx) this.#bySsrc.set(rtx.ssrc, producer);
    }
  }

  // The bytes that came, before anything else in werift sees them.
  #tap() {
    const dtls = this.#dtls;
    const update = dtls.updateSrtpSession.bind(dtls);
    dtls.updateSrtpSession = () => {
      update();
      const decrypt = dtls.srtp.decrypt.bind(dtls.srtp);
      dtls.srtp.decrypt = (data) => {
        const packet = decrypt(data);
        this.#onRtp(packet);
        return packet;
      };
    };
    dtls.onRtcp.subscribe((rtcp) => this.#onRtcp(rtcp));
  }

  #onRtp(packet) {
    const ssrc = packet.readUInt32BE(8);
    const producer = this.#bySsrc.get(ssrc) ?? this.#learn(ssrc, packet);
    if (producer === undefined) {
      this.sfu.unknownPackets++;
      return;
    }
    const { recorded } = producer;
    // What is received while the producer is recorded has to be in the file: noted here, before the package has a say.
    if (recorded.isRecorded) this.sfu.ledger.add(this.room.roomId, recorded.producerId, packet);
    recorded.rtp(packet);
  }

  #learn(ssrc, packet) {
    const { mid, rid, repaired } = identityOf(packet, this.#ids);
    const producer = this.#byRid.get(rid ?? repaired) ?? this.#byMid.get(mid);
    if (producer === undefined) return undefined;
    this.#bySsrc.set(ssrc, producer);
    if (rid !== undefined) producer.ssrcs.add(ssrc);
    return producer;
  }

  #onRtcp(rtcp) {
    if (rtcp.type !== werift.RtcpSrPacket.type) return;
    const { ntpTimestamp, rtpTimestamp } = rtcp.senderInfo;
    this.#bySsrc.get(rtcp.ssrc)?.recorded.senderReport({
      ssrc: rtcp.ssrc, ntpSeconds: Number(ntpTimestamp >> 32n), ntpFraction: Number(ntpTimestamp & 0xffffffffn), rtpTimestamp,
    });
  }

  #requestKeyframes(producer) {
    for (const mediaSsrc of producer.ssrcs) {
      this.#send(new werift.RtcpPayloadSpecificFeedback({ feedback: new werift.PictureLossIndication({ senderSsrc: 1, mediaSsrc }) }));
    }
  }

  // Without transport-cc the browser goes as high as it is told.
  #sendRemb() {
    const ssrcFeedbacks = this.producers.filter(({ kind }) => kind === "video").flatMap(({ ssrcs }) => [...ssrcs]);
    if (ssrcFeedbacks.length === 0) return;
    const exponent = Math.max(0, Math.ceil(Math.log2(bitrate)) - 18);
    this.#send(new werift.RtcpPayloadSpecificFeedback({
      feedback: new werift.ReceiverEstimatedMaxBitrate({ senderSsrc: 1, mediaSsrc: 0, ssrcNum: ssrcFeedbacks.length, brExp: exponent, brMantissa: bitrate >> exponent, ssrcFeedbacks }),
    }));
  }

  #send(packet) {
    if (this.#dtls.state === "connected") this.#dtls.sendRtcp([packet]).catch((error) => this.sfu.log(`RTCP: ${error.message}`));
  }

  async #gathered() {
    const until = Date.now() + gatherMs;
    while (this.#pc.iceGatheringState !== "complete" && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  // Only the loopback candidate stays; with a relay before it where the network shall be bad.
  async #withRelay(sdp) {
    const candidate = /^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host.*$/m.exec(sdp);
    if (candidate === null) throw new Error(`no candidate on 127.0.0.1 in\n${sdp}`);
    this.relay = await UdpRelay.before(Number(candidate[1]), this.sfu.random);
    const line = candidate[0].replace(` 127.0.0.1 ${candidate[1]} `, ` 127.0.0.1 ${this.relay.port} `);
    let isFirst = true;
    return sdp.split(/\r?\n/).filter((text) => !text.startsWith("a=candidate:")).flatMap((text) => {
      if (!isFirst || !text.startsWith("a=end-of-candidates")) return [text];
      isFirst = false;
      return [line, text];
    }).join("\r\n");
  }
}

/** Rooms are the package's; this adds the browsers' connections. */
export class WeriftSfu {
  publications = new Set();
  unknownPackets = 0;
  droppedByNetwork = 0;
  nextProducer = 1;

  constructor({ ledger, random, log }) {
    this.ledger = ledger;
    this.random = random;
    this.log = log;
  }

  async publish(room, request) {
    const publication = new Publication(this, room, request);
    const sdp = await publication.answer(request.sdp, request.codec);
    this.publications.add(publication);
    return { publication, sdp };
  }

  of(peerId, source) {
    return [...this.publications].find((publication) => publication.peerId === peerId && (source === undefined || publication.source === source));
  }

  async close(publication) {
    this.publications.delete(publication);
    await publication.close();
  }

  async closeAll() {
    for (const publication of [...this.publications]) await this.close(publication);
  }
}
