import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecordingServer } from "../recording-server.js";
import { FakeRoom } from "./support/mediasoup.js";
import { TestRecorder } from "./support/recorder.js";
import { opusParameters, rtpPacket, vp8Parameters } from "./support/rtp.js";

const policy = { features: { recording: { enabled: true, who_can_record: "host" } }, roles: { host_id: "hana" } };
const simulcast = { codecs: vp8Parameters.codecs, encodings: [{ rid: "q" }, { rid: "h" }] };

async function stage(t) {
  const server = await createRecordingServer({ port: 0, host: "127.0.0.1", batchMs: 20, logger: {} });
  t.after(() => server.close({ drainMs: 0 }));
  const room = new FakeRoom("room", policy);
  const hana = room.connect("hana");
  server.attachRoom(room);
  const recorder = await TestRecorder.register(server.port);
  t.after(() => recorder.close());
  await room._handleProtooRequest(hana, { method: "join", data: { displayName: "Hana", device: { name: "Chrome" } } });
  const produce = (data) => room._handleProtooRequest(hana, { method: "produce", data });
  return { server, room, hana, recorder, produce };
}

test("a room of mediasoup-demo's shape tells of itself", async (t) => {
  const { server, room, hana, recorder, produce } = await stage(t);
  const mic = await produce({ kind: "audio", rtpParameters: opusParameters });
  const share = await produce({ kind: "video", rtpParameters: vp8Parameters, appData: { share: true } });
  mic.pause();
  mic.resume();
  room._audioLevelObserver.emit("volumes", [{ producer: mic, volume: -33 }]);
  room._activeSpeakerObserver.emit("dominantspeaker", { producer: mic });
  room._roomPolicy = { features: { recording: { enabled: false } } };
  await recorder.hearsEvent("room_policy_updated");
  share.close();
  room.disconnect(hana);
  await recorder.hearsEvent("peer_left");
  room.close();
  await recorder.hearsEvent("room_closed");
  assert.deepEqual(recorder.all("room_event").map((event) => event.event), [
    "room_created", "peer_joined", "producer_created", "producer_created", "producer_paused", "producer_resumed", "active_speaker", "room_policy_updated",
    "producer_closed", "producer_closed", "peer_left", "room_closed",
  ]);
  assert.deepEqual(recorder.events("producer_created").map((created) => [created.track_type, created.is_screenshare, created.codec, created.display_name]), [
    ["mic", false, "opus", "Hana"], ["screenshare", true, "vp8", "Hana"],
  ]);
  assert.deepEqual([recorder.events("peer_joined")[0].device_flag, recorder.events("active_speaker")[0].volume], ["Chrome", -33]);
  assert.equal(server.stats().failures, 0);
});

test("a simple producer is consumed over a DirectTransport, with its own sender reports", async (t) => {
  const { room, recorder, produce } = await stage(t);
  const mic = await produce({ kind: "audio", rtpParameters: opusParameters, traces: ["keyframe"] });
  const { track_handle: handle, consumer_id: consumerId, track_info: info } = await recorder.subscribe(mic.id);
  const [consumer] = mic.consumers;
  assert.deepEqual([consumer.id, consumer.options.pipe, consumer.options.paused], [consumerId, false, false]);
  assert.equal(info.consumer_type, "simple");
  assert.deepEqual(mic.traces, ["keyframe", "sr"], "what the SFU traces for itself stays");
  const { ssrc } = consumer.rtpParameters.encodings[0];
  assert.deepEqual(info.encodings.map(({ ssrc, producer_ssrc }) => [ssrc, producer_ssrc]), [[ssrc, 1000]]);
  consumer.emit("rtp", rtpPacket({ ssrc }));
  mic.emit("trace", { type: "sr", direction: "in", timestamp: 1, info: { ssrc: 1000, ntpSec: 0xe0000001, ntpFrac: 0xffffffff, rtpTs: 77, packetCount: 1, octetCount: 1 } });
  mic.emit("trace", { type: "rtp", direction: "in", timestamp: 1, info: {} });
  const report = await recorder.hears("sender_report");
  assert.deepEqual([report.track_handle, report.ssrc, report.ntp_time, report.rtp_timestamp], [handle, ssrc, ((0xe0000001n << 32n) | 0xffffffffn).toString(), 77]);
  await recorder.until("the packet", () => recorder.packets(handle).size === 1);
  recorder.send({ unsubscribe_track: { room_id: "room", producer_id: mic.id, recording_id: "rec" } });
  await recorder.hears("track_ended");
  assert.equal(consumer.closed, true);
  assert.equal(mic.listenerCount("trace"), 0);
  await recorder.subscribe(mic.id, { recordingId: "next" });
  assert.equal(room._mediasoupRouter.transports.length, 1, "one DirectTransport a room");
});

test("a simulcast producer is piped, and reports are mapped by encoding", async (t) => {
  const { recorder, produce } = await stage(t);
  const cam = await produce({ kind: "video", type: "simulcast", rtpParameters: simulcast });
  const { track_info: info } = await recorder.subscribe(cam.id);
  const [consumer] = cam.consumers;
  assert.deepEqual([consumer.options.pipe, info.consumer_type, info.encodings.map(({ rid }) => rid)], [true, "pipe", ["q", "h"]]);
  const [low, high] = consumer.rtpParameters.encodings.map(({ ssrc }) => ssrc);
  const report = (ssrc) => cam.emit("trace", { type: "sr", direction: "in", timestamp: 1, info: { ssrc, ntpSec: 1, ntpFrac: 2, rtpTs: ssrc } });
  report(5002);
  // With RIDs the browser's SSRCs are known from the scores alone.
  cam.emit("score", [{ encodingIdx: 0, ssrc: 5001, rid: "q", score: 10 }, { encodingIdx: 1, ssrc: 5002, rid: "h", score: 7 }]);
  report(5002);
  report(5001);
  await recorder.until("two reports", () => recorder.all("sender_report").length === 2);
  assert.deepEqual(recorder.all("sender_report").map(({ ssrc, rtp_timestamp }) => [ssrc, rtp_timestamp]), [[high, 5002], [low, 5001]]);
  const quality = await recorder.hearsEvent("producer_quality");
  assert.deepEqual(quality.scores.map(({ ssrc, rid, score }) => [ssrc, rid, score]), [[low, "q", 10], [high, "h", 7]]);
  const asked = consumer.keyframes;
  recorder.send({ request_keyframe: { room_id: "room", producer_id: cam.id, ssrc: high } });
  recorder.send({ heartbeat: {} });
  await recorder.hears("heartbeat_ack");
  assert.equal(consumer.keyframes, asked + 1);
});

test("what fails in mediasoup is counted and hurts nobody", async (t) => {
  const { server, room, recorder, produce } = await stage(t);
  const cam = await produce({ kind: "video", rtpParameters: vp8Parameters });
  room._mediasoupRouter.createDirectTransport = async () => { throw new Error("worker died"); };
  recorder.send({ subscribe_track: { room_id: "room", producer_id: cam.id, recording_id: "rec" } });
  assert.match((await recorder.hears("error")).message, /worker died/);
  room._roomPolicy = 5;
  room._protooRoom = null;
  cam.observer.emit("pause");
  await recorder.hearsEvent("producer_paused");
  assert.equal(server.stats().failures, 1);
});

test("a room without mediasoup-demo's names is described by options", async (t) => {
  const { server, recorder } = await stage(t);
  const other = new FakeRoom("other");
  const bare = { id: "mine", router: other._mediasoupRouter };
  assert.throws(() => server.attachRoom(bare), /no router/);
  const peers = [];
  const recorded = server.attachRoom(bare, { router: bare.router, roomName: "Mine", peers: () => peers, policy: () => policy });
  peers.push({ id: "hana", data: {} });
  await recorder.hearsEvent("peer_joined", (peer) => peer.peer_id === "hana");
  assert.equal(server.attachRoom(bare), recorded);
  recorded.close();
});
