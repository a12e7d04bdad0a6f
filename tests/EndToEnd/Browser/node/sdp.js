// What a browser's offer says about each of its media sections, in mediasoup's shape of rtpParameters.

/** @returns {{mid: string, kind: string, rtpParameters: object, rids: string[]}[]} */
export function mediaOf(sdp) {
  return sdp.split(/\r?\nm=/).slice(1).map((section) => media(`m=${section}`.split(/\r?\n/)));
}

function media(lines) {
  const values = (name) => lines.filter((line) => line.startsWith(`a=${name}`)).map((line) => line.slice(2 + name.length));
  const [kind, , , ...payloadTypes] = lines[0].slice(2).split(" ");
  const rids = values("rid:").filter((rid) => rid.includes(" send")).map((rid) => rid.split(" ")[0]);
  const groups = values("ssrc-group:FID ").map((group) => group.split(" ").map(Number));
  const ssrcs = [...new Set(values("ssrc:").map((line) => Number(line.split(" ")[0])))];
  const rtx = new Map(groups);
  const helpers = new Set(rtx.values());
  const encodings = rids.length > 0
    ? rids.map((rid) => ({ rid }))
    : ssrcs.filter((ssrc) => !helpers.has(ssrc)).map((ssrc) => (rtx.has(ssrc) ? { ssrc, rtx: { ssrc: rtx.get(ssrc) } } : { ssrc }));
  const codecs = values("rtpmap:").map((line) => {
    const [payloadType, name, clockRate, channels] = line.split(/[ /]/);
    const fmtp = values(`fmtp:${payloadType} `)[0] ?? "";
    const parameters = Object.fromEntries(fmtp.split(";").filter(Boolean).map((part) => part.split("=")));
    return { mimeType: `${kind}/${name}`, payloadType: Number(payloadType), clockRate: Number(clockRate), ...(channels ? { channels: Number(channels) } : {}), parameters };
  }).filter(({ payloadType }) => payloadTypes.includes(`${payloadType}`));
  const headerExtensions = values("extmap:").map((line) => {
    const [id, uri] = line.split(" ");
    return { id: Number(id.split("/")[0]), uri };
  });
  return { mid: values("mid:")[0], kind, rids, rtpParameters: { mid: values("mid:")[0], codecs, headerExtensions, encodings } };
}

/** The same section with what the answer took of it: codecs and header extensions. */
export function accepted(offered, answer) {
  const { rtpParameters } = mediaOf(answer).find(({ mid }) => mid === offered.mid);
  const payloadTypes = new Set(rtpParameters.codecs.map(({ payloadType }) => payloadType));
  const extensions = new Set(rtpParameters.headerExtensions.map(({ uri }) => uri));
  return {
    ...offered,
    rtpParameters: {
      ...offered.rtpParameters,
      codecs: offered.rtpParameters.codecs.filter(({ payloadType }) => payloadTypes.has(payloadType)),
      headerExtensions: offered.rtpParameters.headerExtensions.filter(({ uri }) => extensions.has(uri)),
    },
  };
}

const uris = {
  "urn:ietf:params:rtp-hdrext:sdes:mid": "mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": "rid",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": "repaired",
};

/** Ids of the header extensions that tell where a packet belongs. */
export function identityExtensions(sections) {
  return new Map(sections.flatMap(({ rtpParameters }) => rtpParameters.headerExtensions).filter(({ uri }) => uris[uri]).map(({ id, uri }) => [id, uris[uri]]));
}

/** Values of those extensions in one RTP packet (RFC 8285). */
export function identityOf(packet, ids) {
  const found = {};
  if ((packet[0] & 0x10) === 0) return found;
  let offset = 12 + (packet[0] & 0x0f) * 4;
  const isLong = packet.readUInt16BE(offset) !== 0xbede;
  const end = offset + 4 + packet.readUInt16BE(offset + 2) * 4;
  for (offset += 4; offset < end;) {
    const first = packet[offset++];
    if (first === 0) continue;
    const id = isLong ? first : first >> 4;
    const length = isLong ? packet[offset++] : (first & 0x0f) + 1;
    if (!isLong && id === 15) break;
    const name = ids.get(id);
    if (name) found[name] = packet.toString("latin1", offset, offset + length);
    offset += length;
  }
  return found;
}
