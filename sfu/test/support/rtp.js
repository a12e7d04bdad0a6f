/** An RTP packet with a payload that tells it apart. */
export function rtpPacket({ ssrc = 1000, sequence = 1, timestamp = 960, payloadType = 111, length = 100 } = {}) {
  const packet = Buffer.alloc(12 + length, sequence & 0xff);
  packet[0] = 0x80;
  packet[1] = payloadType;
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(timestamp >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

export const opusParameters = {
  codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2, parameters: { minptime: 10, useinbandfec: 1 } }],
  headerExtensions: [{ id: 1, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" }],
  encodings: [{ ssrc: 1000 }],
};

export const vp8Parameters = {
  codecs: [
    { mimeType: "video/VP8", payloadType: 96, clockRate: 90000 },
    { mimeType: "video/rtx", payloadType: 97, clockRate: 90000, parameters: { apt: 96 } },
  ],
  encodings: [{ ssrc: 2000, rtx: { ssrc: 2001 } }],
};
