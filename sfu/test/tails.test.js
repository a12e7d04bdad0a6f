// What the SFU does for recordings whose end the recorder has not heard of yet, or heard of while the SFU was away.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecordingServer } from "../recording-server.js";
import { monotonicClock } from "../lib/clock.js";
import { TestRecorder } from "./support/recorder.js";
import { opusParameters, rtpPacket } from "./support/rtp.js";

const policy = { features: { recording: { enabled: true } }, roles: { host_id: "hana" } };

async function sfu(t, options = {}) {
  const server = await createRecordingServer({ port: 0, host: "127.0.0.1", sfuId: "sfu-1", batchMs: 20, logger: { error: () => {} }, ...options });
  t.after(() => server.close({ drainMs: 0 }));
  return server;
}

function room(server) {
  const created = server.roomCreated({ roomId: "room", policy });
  created.peerJoined({ peerId: "hana" });
  return [created, created.producerCreated({ producerId: "mic", peerId: "hana", kind: "audio", rtpParameters: opusParameters })];
}

async function registered(t, server, fence) {
  const recorder = await TestRecorder.register(server.port, { fence });
  t.after(() => recorder.close());
  return recorder;
}

async function answered(recorder, message) {
  const timestamp = `${recorder.all("heartbeat_ack").length + 1}`;
  recorder.send(message);
  recorder.send({ heartbeat: { timestamp } });
  await recorder.hears("heartbeat_ack", (ack) => ack.timestamp === timestamp);
}

function feed(producer, from, count) {
  for (let n = from; n < from + count; n++) assert.ok(producer.rtp(rtpPacket({ sequence: n })));
}

// Subscribed, 50 packets sent, 20 acknowledged; then the recorder dies and `end` happens.
async function takenOver(t, server, end) {
  const [created, mic] = room(server);
  const first = await registered(t, server, "1");
  const { track_handle: handle } = await first.subscribe("mic", { recordingId: "old" });
  feed(mic, 1, 50);
  await first.until("50 packets", () => first.packets(handle).size === 50);
  await answered(first, { rtp_ack: { track_handle: handle, durable_index: 20, window_bytes: 1 << 20 } });
  first.close();
  feed(mic, 51, 10);
  end(created, mic);
  return { handle, recorder: await registered(t, server, "2") };
}

async function assertTail(recorder, handle) {
  const again = await recorder.subscribe("mic", { recordingId: "old", resumeFrom: "21" });
  assert.equal(again.track_handle, handle);
  assert.deepEqual({ ...(await recorder.hears("track_ended")) }, { track_handle: handle, last_index: "60" });
  assert.deepEqual([...recorder.packets(handle).keys()], Array.from({ length: 40 }, (_, n) => n + 21));
  for (const [index, { data }] of recorder.packets(handle)) assert.deepEqual(data, rtpPacket({ sequence: index }));
}

async function assertForgetsWhatIsDurable(server, recorder, handle) {
  await answered(recorder, { rtp_ack: { track_handle: handle, durable_index: 60, window_bytes: 1 << 20 } });
  assert.deepEqual([server.stats().ringBytes, server.stats().droppedPackets], [0, 0]);
}

test("after a takeover the tail of a producer that closed is replayed, and its end told", async (t) => {
  const server = await sfu(t);
  const { handle, recorder } = await takenOver(t, server, (_, mic) => mic.close());
  await assertTail(recorder, handle);
  await assertForgetsWhatIsDurable(server, recorder, handle);
});

test("after a takeover the tail of a room that closed is replayed, even when the room's events are acknowledged", async (t) => {
  const server = await sfu(t);
  const { handle, recorder } = await takenOver(t, server, (created) => created.close("ended"));
  await recorder.hearsEvent("room_closed");
  await answered(recorder, { event_ack: { room_id: "room", event_index: 100 } });
  await assertTail(recorder, handle);
  await assertForgetsWhatIsDurable(server, recorder, handle);
  // Asked once more it has nothing to replay, and says so.
  const ends = recorder.all("track_ended").length;
  await recorder.subscribe("mic", { recordingId: "old", resumeFrom: "61" });
  await recorder.until("the end again", () => recorder.all("track_ended").length > ends);
  assert.equal(recorder.packets(handle).size, 40);
});

test("a room and a producer under the ids of closed ones do not feed the tail of the earlier recording", async (t) => {
  const server = await sfu(t);
  const { handle, recorder } = await takenOver(t, server, (created) => created.close("ended"));
  const [, mic] = room(server);
  const { track_handle: newer } = await recorder.subscribe("mic", { recordingId: "new", resumeFrom: "1" });
  assert.notEqual(newer, handle);
  feed(mic, 1001, 5);
  await assertTail(recorder, handle);
  feed(mic, 1006, 5);
  await recorder.until("the newer packets", () => recorder.packets(newer).size === 10);
  assert.equal(recorder.packets(handle).size, 40);
  assert.equal(recorder.all("track_ended").length, 1);
});

test("a producer under the id of a closed one does not feed a recording that was stopped", async (t) => {
  const server = await sfu(t);
  const [created, mic] = room(server);
  const recorder = await registered(t, server, "1");
  recorder.send({ start_recording: { room_id: "room" } });
  const { track_handle: handle } = await recorder.subscribe("mic", { recordingId: "old" });
  feed(mic, 1, 60);
  await answered(recorder, { rtp_ack: { track_handle: handle, durable_index: 20, window_bytes: 1 << 20 } });
  await answered(recorder, { stop_recording: { room_id: "room", recording_id: "old" } });
  recorder.close();
  mic.close();
  const again = created.producerCreated({ producerId: "mic", peerId: "hana", kind: "audio", rtpParameters: opusParameters });
  const next = await registered(t, server, "2");
  await assertTail(next, handle);
  assert.equal(again.isRecorded, false);
});

test("while no recorder is there a recording that ended elsewhere costs no more than its ring, in bytes and in time", async (t) => {
  const [ringBytes, ringSeconds] = [8192, 60];
  let ahead = 0;
  const now = monotonicClock();
  const server = await sfu(t, { ringBytes, ringSeconds, clock: () => now() + ahead });
  const [, mic] = room(server);
  const first = await registered(t, server, "1");
  await first.subscribe("mic", { recordingId: "old" });
  first.close();
  await until(() => !server.stats().connected);
  feed(mic, 1, 1000);
  const full = server.stats();
  assert.ok(full.ringBytes > ringBytes - 256 && full.ringBytes <= ringBytes, `${full.ringBytes} bytes`);
  ahead = (ringSeconds + 1) * 1e6;
  feed(mic, 1001, 1);
  assert.deepEqual([server.stats().droppedPackets, server.stats().ringBytes < 200], [1000, true]);

  // The next recorder knows that it is complete, and says so.
  const second = await registered(t, server, "2");
  await answered(second, { stop_recording: { room_id: "room", recording_id: "old" } });
  assert.deepEqual([mic.isRecorded, server.stats().tracks], [false, 0]);
  second.close();

  // Nobody asks for the rest: it is given up, and counted.
  ahead += 601e6;
  await until(() => server.stats().ringBytes === 0);
  assert.equal(server.stats().droppedPackets, 1001);
});

function until(condition) {
  return new Promise((resolve) => {
    const look = () => (condition() ? resolve() : setTimeout(look, 10));
    look();
  });
}
