import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { maxVarintLength, varintLength, writeVarint } from "./varint.js";

const protoFolder = fileURLToPath(new URL("../protos/", import.meta.url));
const definition = protoLoader.loadSync(["recording_sfu.proto", "recording_ingest.proto", "recording_control.proto"], {
  includeDirs: [protoFolder],
  keepCase: true,
  longs: Number,
  defaults: true,
  oneofs: true,
});

const bridge = definition["recording.sfu.RecordingSfuBridge"];

/** Extensions of the plan's protocol that this package speaks (docs/protocol.md). */
export const capabilities = Object.freeze(["rtp_batch", "rtp_ack", "sender_reports", "track_details", "keyframe", "resync", "start_requested", "quality"]);

/** SfuToRecording as bytes; what is bytes already is one that was encoded by hand. */
export function encodeToRecording(message) {
  return Buffer.isBuffer(message) ? message : bridge.Connect.responseSerialize(message);
}

/** RecordingToSfu; bytes that are none become `{malformed}` instead of ending the stream. */
export function decodeToSfu(bytes) {
  try {
    return bridge.Connect.requestDeserialize(bytes);
  } catch (error) {
    return { malformed: error.message };
  }
}

/** A RecordingError of its own, as trailers carry it; null when it is none. */
export function decodeError(bytes) {
  // Read as the message of a link that holds it.
  const head = Buffer.alloc(2 + maxVarintLength);
  const end = writeVarint(head, writeVarint(head, 0, errorTag), bytes.length);
  return decodeToSfu(Buffer.concat([head.subarray(0, end), bytes])).error ?? null;
}

/** The service that an SFU serves. */
export const bridgeService = {
  Connect: { ...bridge.Connect, responseSerialize: encodeToRecording, requestDeserialize: decodeToSfu },
  HealthCheck: bridge.HealthCheck,
};

/** Path of the service that an SFU dials; the messages are those of Connect, the other way round. */
export const attachPath = definition["recording.ingest.RecordingIngest"].Attach.path;

/** Client of the recorder's control service. */
export const ControlClient = grpc.loadPackageDefinition(definition).recording.control.RecordingControl;

// Field numbers of recording_sfu.proto with their wire types.
const rtpBatchTag = (42 << 3) | 2;
const errorTag = (60 << 3) | 2;
const rtpPacketTag = (40 << 3) | 2;
const scratch = Buffer.alloc(16 * (maxVarintLength + 2));

function numberField(offset, field, value) {
  if (value === 0) return offset;
  return writeVarint(scratch, writeVarint(scratch, offset, field << 3), value);
}

/**
 * `SfuToRecording{rtp_batch}` with a stretch of a ring, written without going through objects: it is most of what is sent.
 * @param {{handle: number, firstIndex: number, lostBefore: number}} batch
 * @param {{chunk: {buffer: Buffer}, start: number, end: number, count: number, timeUs: number}} stretch from TrackRing.read
 */
export function encodeBatch(batch, stretch) {
  const length = stretch.end - stretch.start;
  let head = numberField(0, 1, batch.handle);
  head = numberField(head, 2, batch.firstIndex);
  head = numberField(head, 3, stretch.timeUs);
  head = numberField(head, 5, stretch.count);
  head = numberField(head, 6, batch.lostBefore);
  head = writeVarint(scratch, head, (4 << 3) | 2);
  // The base time is the first packet's: its delta is the one byte 0.
  head = writeVarint(scratch, head, length + 1);
  scratch[head++] = 0;
  const body = head + length;
  const message = Buffer.allocUnsafe(2 + varintLength(body) + body);
  let offset = writeVarint(message, 0, rtpBatchTag);
  offset = writeVarint(message, offset, body);
  scratch.copy(message, offset, 0, head);
  stretch.chunk.buffer.copy(message, offset + head, stretch.start, stretch.end);
  return message;
}

/** The four ids of RecordingRtpPacket, encoded once for a track. */
export function packetPrefix(roomId, recordingId, producerId, peerId) {
  const parts = [];
  [roomId, recordingId, producerId, peerId].forEach((text, n) => {
    if (text.length === 0) return;
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(1 + maxVarintLength);
    const end = writeVarint(head, writeVarint(head, 0, ((n + 1) << 3) | 2), bytes.length);
    parts.push(head.subarray(0, end), bytes);
  });
  return Buffer.concat(parts);
}

/** `SfuToRecording{rtp_packet}` for a recorder that knows the plan's messages alone; `timeMs` since 1970. */
export function encodePacket(prefix, data, timeMs) {
  let head = writeVarint(scratch, 0, (5 << 3) | 2);
  head = writeVarint(scratch, head, data.length);
  const dataAt = prefix.length + head;
  let tail = numberField(head, 6, data[1] & 0x7f);
  tail = numberField(tail, 7, data.readUInt32BE(8));
  tail = numberField(tail, 8, timeMs);
  tail = numberField(tail, 9, data.readUInt32BE(4));
  tail = numberField(tail, 10, data.readUInt16BE(2));
  const body = prefix.length + tail + data.length;
  const message = Buffer.allocUnsafe(2 + varintLength(body) + body);
  let offset = writeVarint(message, 0, rtpPacketTag);
  offset = writeVarint(message, offset, body);
  prefix.copy(message, offset);
  scratch.copy(message, offset + prefix.length, 0, head);
  data.copy(message, offset + dataAt);
  scratch.copy(message, offset + dataAt + data.length, head, tail);
  return message;
}
