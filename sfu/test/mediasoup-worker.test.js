// The adapter with the real mediasoup, where its worker can be had: `npm install --no-save mediasoup` in this folder (it downloads the worker from GitHub or builds it).
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { createRecordingServer } from "../recording-server.js";
import { TestRecorder } from "./support/recorder.js";
import { opusParameters, rtpPacket } from "./support/rtp.js";

const { mediasoup, reason } = await load();

async function load() {
  try {
    const { default: found, ...named } = await import("mediasoup");
    const mediasoup = found ?? named;
    const worker = await mediasoup.createWorker({ logLevel: "error" });
    worker.close();
    return { mediasoup };
  } catch (error) {
    return { reason: `mediasoup with its worker is not installed: ${error.message.split("\n")[0]}` };
  }
}

test("a producer of the real mediasoup is recorded through its DirectTransport", { skip: mediasoup ? false : reason }, async (t) => {
  const worker = await mediasoup.createWorker({ logLevel: "error" });
  t.after(() => worker.close());
  const router = await worker.createRouter({ mediaCodecs: [{ kind: "audio", mimeType: "audio/opus", clockRate: 48000, channels: 2 }] });
  const sender = await router.createPlainTransport({ listenInfo: { protocol: "udp", ip: "127.0.0.1" }, rtcpMux: true, comedia: true });
  const producer = await sender.produce({ kind: "audio", rtpParameters: { ...opusParameters, headerExtensions: [] } });
  const server = await createRecordingServer({ port: 0, host: "127.0.0.1", batchMs: 20, logger: console });
  t.after(() => server.close({ drainMs: 0 }));
  const peer = { id: "hana", data: { joined: true, displayName: "Hana", producers: new Map([[producer.id, producer]]) } };
  const room = Object.assign(new EventEmitter(), { _roomId: "room", _mediasoupRouter: router, _protooRoom: { peers: [peer] } });
  server.attachRoom(room);
  const recorder = await TestRecorder.register(server.port);
  t.after(() => recorder.close());
  const { track_handle: handle, track_info: info } = await recorder.subscribe(producer.id);
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  let sequence = 0;
  const timer = setInterval(() => socket.send(rtpPacket({ sequence: sequence++, timestamp: sequence * 960 }), sender.tuple.localPort, "127.0.0.1"), 20);
  t.after(() => clearInterval(timer));
  await recorder.until("50 packets", () => recorder.packets(handle).size >= 50);
  for (const { data } of recorder.packets(handle).values()) {
    assert.equal(data.readUInt32BE(8), info.encodings[0].ssrc);
    assert.equal(data.length, rtpPacket().length);
  }
  room.emit("close");
  await recorder.hears("track_ended");
});
