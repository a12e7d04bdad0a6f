/**
 * Opens a mediasoup producer for the recorder: a consumer on a DirectTransport, and the producer's own sender reports.
 * A simulcast or SVC producer is taken with a pipe consumer: it brings all layers and does not rewrite timestamps, so that the producer's reports stay valid.
 * @param {object} producer
 * @param {() => Promise<object>} directTransport
 * @param {object} rtpCapabilities of the router
 * @param {(quality: object) => void} onQuality
 */
export async function openProducer(producer, directTransport, rtpCapabilities, sink, onQuality) {
  const transport = await directTransport();
  const isPipe = producer.type !== "simple";
  const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities, paused: false, pipe: isPipe, enableRtx: false });
  const ssrcs = new SsrcMap(producer, consumer);
  const onTrace = (trace) => {
    if (trace.type !== "sr") return;
    const { ssrc, ntpSec, ntpFrac, rtpTs } = trace.info;
    const mapped = ssrcs.consumerSsrc(ssrc);
    if (mapped !== undefined) sink.senderReport({ ssrc: mapped, ntpSeconds: ntpSec, ntpFraction: ntpFrac, rtpTimestamp: rtpTs });
  };
  const onScore = (scores) => {
    ssrcs.learn(scores);
    onQuality({ scores: scores.map(({ ssrc, rid, score, encodingIdx }) => ({ ssrc: ssrcs.ofEncoding(encodingIdx) ?? ssrc, rid, score })) });
  };
  consumer.on("rtp", (packet) => sink.rtp(packet));
  consumer.on("layerschange", (layers) => onQuality({ layers: layers ? { spatial: layers.spatialLayer, temporal: layers.temporalLayer ?? 0 } : null }));
  producer.on("trace", onTrace);
  producer.on("score", onScore);
  ssrcs.learn(producer.score ?? []);
  await traceSenderReports(producer);
  return {
    consumerId: consumer.id,
    consumerType: isPipe ? "pipe" : "simple",
    rtpParameters: consumer.rtpParameters,
    requestKeyframe: () => consumer.requestKeyFrame(),
    close() {
      producer.off("trace", onTrace);
      producer.off("score", onScore);
      consumer.close();
    },
  };
}

/** Which SSRC of the consumer stands for which of the producer: by the place of the encoding. */
class SsrcMap {
  #byProducer = new Map();
  #encodings;

  constructor(producer, consumer) {
    this.#encodings = consumer.rtpParameters.encodings ?? [];
    (producer.rtpParameters.encodings ?? []).forEach(({ ssrc }, n) => this.#set(ssrc, n));
  }

  /** With RIDs the producer's SSRCs are known once packets came: scores name them. */
  learn(scores) {
    for (const { ssrc, encodingIdx } of scores) this.#set(ssrc, encodingIdx);
  }

  consumerSsrc(producerSsrc) {
    return this.#byProducer.get(producerSsrc);
  }

  ofEncoding(n) {
    return this.#encodings[n]?.ssrc;
  }

  #set(producerSsrc, n) {
    const ssrc = this.ofEncoding(n);
    if (producerSsrc && ssrc !== undefined) this.#byProducer.set(producerSsrc, ssrc);
  }
}

// enableTraceEvent replaces the list: what the SFU traces for itself must stay.
async function traceSenderReports(producer) {
  const { traceEventTypes = [] } = await producer.dump();
  if (!traceEventTypes.includes("sr")) await producer.enableTraceEvent([...traceEventTypes, "sr"]);
}
