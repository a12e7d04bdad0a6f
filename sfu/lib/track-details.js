const screenPrefix = "sharescreen_";

/** What is a codec of its own and not a wrapping or a helper of one. */
const wrappings = new Set(["rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "cn"]);

function codecName(mimeType) {
  return mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase();
}

function fmtp(parameters = {}) {
  return Object.entries(parameters)
    .filter(([name]) => name !== "apt")
    .map(([name, value]) => (name === "" ? `${value}` : `${name}=${value}`))
    .join(";");
}

/**
 * What `rtpParameters` (mediasoup's shape; any SFU can fill it from SDP) say, as the wire's track details.
 * @param {object} rtpParameters
 * @param {object} [producerParameters] the producer's own, where these are a consumer's: encodings are matched by their place
 */
export function trackDetails(rtpParameters, producerParameters = rtpParameters) {
  const codecs = rtpParameters?.codecs ?? [];
  const encodings = rtpParameters?.encodings ?? [];
  const main = codecs.find((codec) => !wrappings.has(codecName(codec.mimeType)));
  return {
    payload_type: main?.payloadType ?? 0,
    ssrc: encodings[0]?.ssrc ?? 0,
    codec: main ? codecName(main.mimeType) : "",
    clock_rate: main?.clockRate ?? 0,
    channels: main?.channels ?? 0,
    payload_types: codecs.map((codec) => ({
      pt: codec.payloadType,
      codec: codecName(codec.mimeType),
      clock_rate: codec.clockRate,
      channels: codec.channels ?? 0,
      fmtp: fmtp(codec.parameters),
      ...(codec.parameters?.apt === undefined ? {} : { apt: Number(codec.parameters.apt) }),
    })),
    header_extensions: (rtpParameters?.headerExtensions ?? []).map(({ id, uri }) => ({ id, uri })),
    encodings: encodings.map((encoding, n) => ({
      ssrc: encoding.ssrc ?? 0,
      rid: encoding.rid ?? producerParameters?.encodings?.[n]?.rid ?? "",
      rtx_ssrc: encoding.rtx?.ssrc ?? 0,
      producer_ssrc: producerParameters?.encodings?.[n]?.ssrc ?? 0,
      scalability_mode: encoding.scalabilityMode ?? "",
    })),
  };
}

/** Whether a producer is a screenshare (plan, check 5). */
export function isScreenshare({ isScreenshare: said, trackType, appData, peerId }) {
  return said === true || trackType === "screenshare" || appData?.share === true || peerId.startsWith(screenPrefix);
}

/** The same message without what only `track_details` adds. */
export function withoutDetails({ payload_types, header_extensions, encodings, consumer_type, ...plain }) {
  return plain;
}
