import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { createRecordingServer } from "../recording-server.js";
import { everything, servedRecorder, TestRecorder } from "./support/recorder.js";
import { opusParameters, rtpPacket, vp8Parameters } from "./support/rtp.js";

const quiet = { error: () => {} };
const policy = { features: { recording: { enabled: true, who_can_record: "host" } }, roles: { host_id: "hana" } };

async function sfu(t, options = {}) {
  const server = await createRecordingServer({ port: 0, host: "127.0.0.1", sfuId: "sfu-1", batchMs: 20, logger: quiet, ...options });
  t.after(() => server.close({ drainMs: 0 }));
  return server;
}

function room(server, producers = ["mic"]) {
  const created = server.roomCreated({ roomId: "room", roomName: "Room", policy });
  created.peerJoined({ peerId: "hana", displayName: "Hana", device: "desktop" });
  return [created, ...producers.map((producerId) => created.producerCreated({ producerId, peerId: "hana", kind: "audio", rtpParameters: opusParameters }))];
}

async function registered(t, server, options) {
  const recorder = await TestRecorder.register(server.port, options);
  t.after(() => recorder.close());
  return recorder;
}

const feed = (producer, from, count) => {
  for (let n = 0; n < count; n++) assert.ok(producer.rtp(rtpPacket({ sequence: from + n })));
};

test("a room is told in order, with details, and each event once", async (t) => {
  const server = await sfu(t);
  const [created, mic] = room(server);
  const recorder = await registered(t, server);
  created.activeSpeaker("hana", -20);
  mic.pause();
  mic.resume();
  created.close("ended");
  await recorder.hearsEvent("room_closed");
  const events = recorder.all("room_event");
  assert.deepEqual(events.map((event) => event.event), [
    "room_created", "peer_joined", "producer_created", "active_speaker", "producer_paused", "producer_resumed", "producer_closed", "peer_left", "room_closed",
  ]);
  assert.deepEqual(events.map((event) => Number(event.event_index)), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const [producer] = recorder.events("producer_created");
  assert.equal(producer.payload_types[0].fmtp, "minptime=10;useinbandfec=1");
  assert.deepEqual([producer.codec, producer.payload_type, producer.ssrc, producer.track_type, producer.display_name], ["opus", 111, 1000, "mic", "Hana"]);
  assert.equal(recorder.events("peer_joined")[0].is_host, true);
  const { session_id: session, capabilities } = await recorder.hears("register_response");
  assert.equal(session, server.sessionId.toString());
  assert.deepEqual(capabilities, everything);
  assert.ok(Math.abs(Number(producer.timestamp) / 1000 - Date.now()) < 60_000);
});

test("packets come in batches, byte for byte, and are kept until acknowledged", async (t) => {
  const server = await sfu(t);
  const [, mic] = room(server);
  const recorder = await registered(t, server);
  assert.equal(mic.rtp(rtpPacket()), false, "nobody records yet");
  recorder.send({ start_recording: { room_id: "room", requester_id: "hana" } });
  assert.equal((await recorder.hears("start_recording_response")).success, true);
  const { track_handle: handle } = await recorder.subscribe("mic");
  feed(mic, 1, 200);
  await recorder.until("200 packets", () => recorder.packets(handle).size === 200);
  for (const [index, { data }] of recorder.packets(handle)) assert.deepEqual(data, rtpPacket({ sequence: index }));
  assert.ok(server.stats().ringBytes > 200 * 112);
  recorder.send({ rtp_ack: { track_handle: handle, durable_index: 200, window_bytes: 1 << 20 } });
  recorder.send({ heartbeat: { timestamp: 5 } });
  await recorder.hears("heartbeat_ack");
  assert.equal(server.stats().ringBytes, 0);
  assert.equal(mic.rtp(Buffer.alloc(5)), false);
  assert.equal(server.stats().refusedPackets, 1);
  recorder.send({ unsubscribe_track: { room_id: "room", producer_id: "mic", recording_id: "rec" } });
  assert.equal((await recorder.hears("track_ended")).last_index, "200");
  assert.equal(mic.rtp(rtpPacket()), false);
});

test("after a break the same handle goes on where the recorder wants it", async (t) => {
  const server = await sfu(t);
  const [, mic] = room(server);
  const first = await registered(t, server);
  const { track_handle: handle } = await first.subscribe("mic");
  feed(mic, 1, 50);
  await first.until("50 packets", () => first.packets(handle).size === 50);
  first.close();
  feed(mic, 51, 50);
  const second = await registered(t, server, { fence: "2" });
  await second.hearsEvent("producer_created");
  const again = await second.subscribe("mic", { resumeFrom: "31" });
  assert.equal(again.track_handle, handle);
  await second.until("packets 31 to 100", () => second.packets(handle).size === 70);
  assert.deepEqual([...second.packets(handle).keys()], Array.from({ length: 70 }, (_, n) => n + 31));
  for (const [index, { data }] of second.packets(handle)) assert.deepEqual(data, rtpPacket({ sequence: index }));
  assert.equal(server.stats().replayedPackets, 20);
  second.send({ replay: { track_handle: handle, from_index: "91" } });
  await second.until("the replay", () => second.all("rtp_batch").filter((batch) => Number(batch.first_index) === 91).length === 1);
});

test("what the ring had to drop is said", async (t) => {
  const server = await sfu(t, { ringBytes: 4096 });
  const [, mic] = room(server);
  const first = await registered(t, server);
  const { track_handle: handle } = await first.subscribe("mic");
  feed(mic, 1, 5);
  await first.until("5 packets", () => first.packets(handle).size === 5);
  first.send({ rtp_ack: { track_handle: handle, durable_index: 5, window_bytes: 1 << 20 } });
  first.send({ heartbeat: {} });
  await first.hears("heartbeat_ack");
  first.close();
  feed(mic, 6, 100);
  const second = await registered(t, server, { fence: "2" });
  await second.subscribe("mic", { resumeFrom: "6" });
  await second.until("the last packet", () => second.packets(handle).has(105));
  const [batch] = second.all("rtp_batch");
  assert.equal(Number(batch.first_index) - Number(batch.lost_before), 6);
  assert.equal(server.stats().droppedPackets, Number(batch.lost_before));
});

test("a window holds a track back, a closed one stops it", async (t) => {
  const server = await sfu(t, { windowBytes: 2048 });
  const [, mic] = room(server);
  const recorder = await registered(t, server);
  const { track_handle: handle } = await recorder.subscribe("mic");
  feed(mic, 1, 100);
  await recorder.until("what the window takes", () => recorder.packets(handle).size >= 15);
  recorder.send({ heartbeat: { timestamp: 1 } });
  await recorder.hears("heartbeat_ack");
  assert.ok(recorder.packets(handle).size <= 18);
  recorder.send({ rtp_ack: { track_handle: handle, durable_index: recorder.packets(handle).size, window_bytes: 0 } });
  recorder.send({ heartbeat: { timestamp: 2 } });
  await recorder.hears("heartbeat_ack", (ack) => ack.timestamp === "2");
  const held = recorder.packets(handle).size;
  assert.ok(held <= 18);
  recorder.send({ rtp_ack: { track_handle: handle, durable_index: held, window_bytes: 1 << 20 } });
  await recorder.until("the rest", () => recorder.packets(handle).size === 100);
});

test("an older fence is refused, a newer one ends the older link", async (t) => {
  const server = await sfu(t);
  const first = await registered(t, server, { fence: "5" });
  const second = await registered(t, server, { fence: "7" });
  assert.equal((await first.hears("error")).code, 1006);
  await first.until("the end", () => first.isOver);
  const third = TestRecorder.dial(server.port);
  t.after(() => third.close());
  third.send({ register: { service_id: "late", fence: "6", capabilities: everything } });
  assert.equal((await third.hears("error")).code, 1006);
  second.send({ heartbeat: {} });
  await second.hears("heartbeat_ack");
});

test("a recorder of the plan gets the plan's messages alone, in ms, and everything anew after a break", async (t) => {
  const server = await sfu(t);
  const [created, mic] = room(server);
  const first = await registered(t, server, { capabilities: ["audio", "video", "screenshare"], fence: "0" });
  const response = await first.hears("register_response");
  assert.deepEqual([response.capabilities, response.session_id], [[], "0"]);
  first.send({ start_recording: { room_id: "room" } });
  const { recording_id: recordingId } = await first.hears("start_recording_response");
  assert.match(recordingId, /^sfu-1-/);
  const subscribed = await first.subscribe("mic", { recordingId });
  assert.deepEqual([subscribed.track_handle, subscribed.track_info.payload_types], [0, []]);
  feed(mic, 1, 10);
  await first.until("10 packets", () => first.all("rtp_packet").length === 10);
  const [packet] = first.all("rtp_packet");
  assert.deepEqual(packet.rtp_data, rtpPacket({ sequence: 1 }));
  assert.deepEqual([packet.room_id, packet.recording_id, packet.producer_id, packet.peer_id], ["room", recordingId, "mic", "hana"]);
  assert.ok(Number(packet.server_timestamp) < 1e14);
  const event = first.all("room_event").at(-1);
  assert.ok(event.event_index === "0" && Number(event.timestamp) < 1e14);
  assert.deepEqual(first.events("producer_created")[0].encodings, []);
  first.close();
  await first.until("over", () => first.isOver);
  await new Promise((resolve) => { const wait = () => (server.stats().connected ? setImmediate(wait) : resolve()); wait(); });
  assert.equal(mic.rtp(rtpPacket()), false, "a recorder that does not acknowledge starts anew");
  const second = await registered(t, server, { capabilities: [], fence: "0" });
  await second.hearsEvent("producer_created");
  assert.equal(second.events("peer_joined").length, 1);
  await assert.rejects(created.startRecording("hana"), { code: 1001 });
});

test("what makes no sense is answered, and the link goes on", async (t) => {
  const server = await sfu(t);
  room(server);
  const early = TestRecorder.dial(server.port);
  t.after(() => early.close());
  early.send({ heartbeat: {} });
  assert.equal((await early.hears("error")).code, 1001);
  const recorder = await registered(t, server);
  recorder.send({ subscribe_track: { room_id: "room", producer_id: "nobody", recording_id: "rec" } });
  await recorder.hears("error", (error) => error.code === 3001);
  recorder.send({ subscribe_track: { room_id: "nowhere", producer_id: "mic", recording_id: "rec" } });
  await recorder.hears("error", (error) => error.code === 2001);
  recorder.send({ rtp_ack: { track_handle: 99, durable_index: 1 } });
  await recorder.hears("error", (error) => error.message.includes("99"));
  recorder.send({ pause_recording: { room_id: "room" } });
  await recorder.hears("error", (error) => error.code === 2003);
  recorder.send({});
  await recorder.hears("error", (error) => error.code === 1003);
  recorder.send({ start_recording: { room_id: "nowhere" } });
  assert.equal((await recorder.hears("start_recording_response")).success, false);
  recorder.send({ heartbeat: { timestamp: 3 } });
  await recorder.hears("heartbeat_ack", (ack) => ack.timestamp === "3");
});

test("pause stops taking, resume asks for key frames, stop ends tracks", async (t) => {
  const server = await sfu(t);
  const created = server.roomCreated({ roomId: "room", policy });
  const asked = [];
  const cam = created.producerCreated({ producerId: "cam", peerId: "hana", kind: "video", rtpParameters: vp8Parameters, requestKeyframe: (ssrc) => asked.push(ssrc) });
  const recorder = await registered(t, server);
  recorder.send({ start_recording: { room_id: "room" } });
  const { track_handle: handle, track_info: info } = await recorder.subscribe("cam");
  assert.deepEqual(info.payload_types.map(({ pt, codec, apt }) => [pt, codec, apt]), [[96, "vp8", undefined], [97, "rtx", 96]]);
  assert.deepEqual(info.encodings.map(({ ssrc, rtx_ssrc, producer_ssrc }) => [ssrc, rtx_ssrc, producer_ssrc]), [[2000, 2001, 2000]]);
  recorder.send({ request_keyframe: { room_id: "room", producer_id: "cam", ssrc: 2000 } });
  recorder.send({ pause_recording: { room_id: "room" } });
  recorder.send({ heartbeat: { timestamp: 1 } });
  await recorder.hears("heartbeat_ack");
  assert.equal(cam.rtp(rtpPacket()), false);
  recorder.send({ resume_recording: { room_id: "room" } });
  recorder.send({ heartbeat: { timestamp: 2 } });
  await recorder.hears("heartbeat_ack", (ack) => ack.timestamp === "2");
  assert.deepEqual(asked, [0, 2000, 0]);
  feed(cam, 1, 3);
  recorder.send({ stop_recording: { room_id: "room", recording_id: "rec" } });
  assert.deepEqual({ ...(await recorder.hears("track_ended")) }, { track_handle: handle, last_index: "3" });
  assert.equal(cam.rtp(rtpPacket()), false);
  assert.equal(server.stats().roomsRecording, 0);
});

test("a snapshot holds who is there, a closed room's events come until acknowledged, and its id can be used again", async (t) => {
  const server = await sfu(t);
  const [created, mic] = room(server);
  mic.pause();
  const recorder = await registered(t, server);
  recorder.send({ room_snapshot_request: {} });
  const { rooms: [state] } = await recorder.hears("room_snapshot");
  assert.deepEqual([state.room.room_name, state.peers.length, state.producers[0].paused, state.policy.host_id, state.event_index], ["Room", 1, true, "hana", "4"]);
  created.close();
  await recorder.hearsEvent("room_closed");
  recorder.send({ event_ack: { room_id: "room", event_index: 100 } });
  recorder.send({ heartbeat: {} });
  await recorder.hears("heartbeat_ack");
  server.roomCreated({ roomId: "room", policy });
  await recorder.until("the room again", () => recorder.events("room_created").length === 2);
  assert.equal(recorder.all("room_event").at(-1).event_index, "8");
});

test("a participant's wish is checked, sent, and settled by the answer", async (t) => {
  const server = await sfu(t);
  const [created] = room(server);
  await assert.rejects(created.startRecording("hana"), { code: 1001 });
  const recorder = await registered(t, server);
  await assert.rejects(created.startRecording("eve"), { code: 5002, message: "eve is not authorized to start recording" });
  const refused = created.startRecording("hana", { record_audio: true });
  await recorder.hears("start_requested", (wish) => wish.requester_id === "hana" && wish.config.record_audio && JSON.parse(wish.policy_json).roles.host_id === "hana");
  const { request_id: id } = recorder.heard.find((message) => message.payload === "start_requested");
  recorder.send({ request_id: id, error: { code: 5001, message: "no" } });
  await assert.rejects(refused, { code: 5001, message: "no" });
  const accepted = created.startRecording("hana");
  await recorder.until("asked again", () => recorder.all("start_requested").length === 2);
  recorder.send({ start_recording: { room_id: "room", requester_id: "hana" } });
  assert.deepEqual(await accepted, { recordingId: "" });
});

test("a policy that cannot be read forbids, and changes are told", async (t) => {
  const server = await sfu(t);
  const created = server.roomCreated({ roomId: "room", policy: "{broken" });
  await assert.rejects(created.startRecording("hana"), { code: 5001 });
  assert.equal(server.stats().failures, 1);
  const recorder = await registered(t, server);
  created.policyUpdated(policy);
  assert.equal((await recorder.hearsEvent("room_policy_updated")).policy.enabled, true);
});

test("media is opened once, closed when nobody takes it, and its failure is answered", async (t) => {
  const server = await sfu(t);
  const created = server.roomCreated({ roomId: "room", policy });
  let opened = 0;
  let closed = 0;
  let sink;
  const open = async (given) => {
    opened++;
    sink = given;
    await once(setTimeoutEvent(), "tick");
    return { consumerId: `c${opened}`, consumerType: "pipe", rtpParameters: { ...vp8Parameters, encodings: [{ ssrc: 77 }] }, close: () => closed++ };
  };
  created.producerCreated({ producerId: "cam", peerId: "hana", kind: "video", rtpParameters: vp8Parameters, open });
  created.producerCreated({ producerId: "bad", peerId: "hana", kind: "video", rtpParameters: vp8Parameters, open: () => Promise.reject(new Error("no worker")) });
  const recorder = await registered(t, server);
  const [{ consumer_id: consumer, track_info: info, track_handle: handle }] = await Promise.all([recorder.subscribe("cam"), recorder.subscribe("cam")]);
  assert.deepEqual([consumer, info.consumer_type, info.ssrc, info.encodings[0].producer_ssrc, opened], ["c1", "pipe", 77, 2000, 1]);
  sink.senderReport({ ssrc: 77, ntpSeconds: 0xe0000000, ntpFraction: 0x80000000, rtpTimestamp: 4_000_000_000 });
  assert.ok(sink.rtp(rtpPacket()));
  const report = await recorder.hears("sender_report");
  assert.deepEqual([report.track_handle, report.ssrc, report.ntp_time, report.rtp_timestamp], [handle, 77, ((0xe0000000n << 32n) | 0x80000000n).toString(), 4_000_000_000]);
  recorder.send({ unsubscribe_track: { room_id: "room", producer_id: "cam", recording_id: "rec" } });
  await recorder.hears("track_ended");
  assert.deepEqual([closed, sink.rtp(rtpPacket())], [1, false]);
  recorder.send({ subscribe_track: { room_id: "room", producer_id: "bad", recording_id: "rec" } });
  assert.match((await recorder.hears("error")).message, /no worker/);
});

test("the quality of a producer is told at most once a second", async (t) => {
  const server = await sfu(t);
  const [created, mic] = room(server);
  mic.quality({ scores: [{ ssrc: 1000, score: 1 }] });
  const recorder = await registered(t, server);
  for (let score = 2; score <= 9; score++) mic.quality({ scores: [{ ssrc: 1000, rid: "h", score }], layers: { spatial: 1, temporal: 2 } });
  const first = await recorder.hearsEvent("producer_quality");
  assert.deepEqual([first.scores[0].score, first.scores[0].rid, { ...first.layers }], [2, "h", { spatial: 1, temporal: 2 }]);
  await recorder.hearsEvent("producer_quality", (quality) => quality.scores[0].score === 9);
  assert.equal(recorder.events("producer_quality").length, 2);
  created.close();
});

test("a token is asked for", async (t) => {
  const server = await sfu(t, { token: "secret" });
  const stranger = TestRecorder.dial(server.port, { token: "Secret" });
  t.after(() => stranger.close());
  await stranger.until("refused", () => stranger.status !== null);
  assert.deepEqual([stranger.status.code, stranger.status.details], [16, "1004: bad token"]);
  await registered(t, server, { token: "secret" });
});

test("an SFU that dials tries its addresses in turn, comes back, and reaches the control service", async (t) => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const closedPort = gone.address().port;
  gone.close();
  const links = [];
  const asked = [];
  const control = {
    StopRecording: (call, callback) => {
      asked.push([call.request.room_id, call.request.trigger_post_processing, call.metadata.get("authorization")[0]]);
      callback(null, {});
    },
  };
  const recorder = await servedRecorder((link) => {
    links.push(link);
    link.send({ register: { service_id: "r", capabilities: everything, fence: `${links.length}` } });
  }, control);
  t.after(() => recorder.close());
  const server = await createRecordingServer({ dial: [`127.0.0.1:${closedPort}`, `127.0.0.1:${recorder.port}`], token: "secret", control: `127.0.0.1:${recorder.port}`, logger: quiet });
  t.after(() => server.close({ drainMs: 0 }));
  const [created] = room(server);
  const linked = (count) => new Promise((resolve) => { const wait = () => (links.length >= count ? resolve(links[count - 1]) : setTimeout(wait, 10)); wait(); });
  const first = await linked(1);
  await first.hearsEvent("producer_created");
  first.stream.emit("error", { code: 14, details: "cut" });
  const second = await linked(2);
  await second.hearsEvent("producer_created");
  await created.stopRecording({ compose: true });
  assert.deepEqual(asked, [["room", true, "Bearer secret"]]);
});

test("options out of range and a port in use are said at once", async (t) => {
  await assert.rejects(createRecordingServer({ batchBytes: 100_000 }), RangeError);
  await assert.rejects(createRecordingServer({ ringBytes: "much" }), RangeError);
  await assert.rejects(createRecordingServer({ tls: true }), TypeError);
  const server = await sfu(t);
  await assert.rejects(createRecordingServer({ port: server.port, host: "127.0.0.1", logger: quiet }));
});

function setTimeoutEvent() {
  const emitter = new EventTarget();
  setTimeout(() => emitter.dispatchEvent(new Event("tick")), 20);
  return emitter;
}
