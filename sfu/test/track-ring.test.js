import assert from "node:assert/strict";
import { test } from "node:test";
import { RingBudget, TrackRing } from "../lib/track-ring.js";
import { encodeBatch, encodePacket, packetPrefix } from "../lib/wire.js";
import { varintLength, writeVarint, zigzag } from "../lib/varint.js";
import { entries, parse } from "./support/recorder.js";
import { rtpPacket } from "./support/rtp.js";

const ring = (options = {}) => {
  const budget = options.budget ?? new RingBudget(1 << 30, 16 << 10);
  return new TrackRing({ maxBytes: 1 << 20, maxAgeUs: 120e6, ...options, budget });
};

function read(track, index, maxBytes = 16 << 10) {
  const stretch = track.read(index, maxBytes);
  const batch = parse(encodeBatch({ handle: 7, firstIndex: index, lostBefore: 0 }, stretch)).rtp_batch;
  return { batch, entries: entries(batch) };
}

test("varints hold every number below 2^53", () => {
  for (const value of [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 1.7e15, Number.MAX_SAFE_INTEGER]) {
    const bytes = Buffer.alloc(10);
    const end = writeVarint(bytes, 0, value);
    assert.equal(end, varintLength(value));
    let back = 0n;
    for (let n = 0; n < end; n++) back |= BigInt(bytes[n] & 0x7f) << BigInt(7 * n);
    assert.equal(Number(back), value);
  }
  assert.deepEqual([0, -1, 1, -2, 2].map(zigzag), [0, 1, 2, 3, 4]);
});

test("a batch holds what was appended, with its times", () => {
  const track = ring();
  const sent = [];
  for (let n = 0; n < 50; n++) {
    const timeUs = 1.7e15 + n * 20_000 - (n % 7 === 3 ? 5000 : 0);
    const data = rtpPacket({ sequence: n, length: n * 3 });
    assert.equal(track.append(timeUs, data), n + 1);
    sent.push({ timeUs, data });
  }
  const { batch, entries: got } = read(track, 11);
  assert.equal(batch.track_handle, 7);
  assert.equal(batch.first_index, "11");
  assert.deepEqual(got, sent.slice(10));
});

test("a ring behaves like a list of packets whatever is appended, acknowledged and read", () => {
  let seed = 1;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed % below;
  };
  const budget = new RingBudget(1 << 30, 2048);
  const track = ring({ budget });
  const model = new Map();
  let timeUs = 1.7e15;
  for (let step = 0; step < 5000; step++) {
    if (random(10) < 6) {
      timeUs += random(100_000) - 20_000;
      const data = rtpPacket({ sequence: step, length: random(20) === 0 ? 5000 + random(3000) : random(400) });
      model.set(track.append(timeUs, data), { timeUs, data });
    } else if (random(10) < 3) {
      const upTo = track.firstIndex + random(20) - 3;
      track.acknowledge(upTo);
      for (const index of model.keys()) if (index <= Math.min(upTo, track.nextIndex - 1)) model.delete(index);
    } else if (model.size > 0) {
      const index = track.firstIndex + random(model.size);
      const { entries: got } = read(track, index, 1 + random(3000));
      got.forEach((entry, n) => assert.deepEqual(entry, model.get(index + n)));
      assert.ok(got.length >= 1);
    }
    assert.equal(track.nextIndex - track.firstIndex, model.size);
  }
  track.giveUp();
  assert.deepEqual([track.dropped, budget.dropped], [model.size, model.size]);
  assert.equal(track.bytes, 0);
  assert.equal(budget.bytes, 0);
});

test("the oldest packets give way to bytes, age and the budget of all rings", () => {
  const bytes = ring({ maxBytes: 1000 });
  for (let n = 0; n < 20; n++) bytes.append(1.7e15 + n, rtpPacket({ sequence: n }));
  assert.ok(bytes.bytes <= 1000 && bytes.firstIndex > 1 && bytes.dropped === bytes.firstIndex - 1);

  const age = ring({ maxAgeUs: 1e6 });
  for (let n = 0; n < 20; n++) age.append(1.7e15 + n * 100_000, rtpPacket({ sequence: n }));
  assert.equal(age.firstIndex, 10);

  const budget = new RingBudget(2000, 1024);
  const [first, second] = [ring({ budget }), ring({ budget })];
  for (let n = 0; n < 20; n++) [first, second].forEach((track) => track.append(1.7e15 + n, rtpPacket({ sequence: n })));
  assert.ok(budget.bytes <= 2000 + 250, `${budget.bytes}`);
  assert.equal(budget.dropped, first.dropped + second.dropped);
});

test("memory of acknowledged packets is used again", () => {
  const budget = new RingBudget(1 << 30, 4096);
  const track = ring({ budget });
  for (let n = 0; n < 10_000; n++) track.acknowledge(track.append(1.7e15 + n, rtpPacket({ sequence: n })));
  assert.ok(budget.pool.length <= 2, `${budget.pool.length} chunks`);
});

test("a packet for a plain recorder is the plan's message", () => {
  const data = rtpPacket({ ssrc: 4_000_000_000, sequence: 65535, timestamp: 4_294_967_295, payloadType: 0x80 | 96 });
  const message = parse(encodePacket(packetPrefix("room", "rec", "producer", "zoë"), data, 1_700_000_000_123)).rtp_packet;
  assert.deepEqual({ ...message }, {
    room_id: "room", recording_id: "rec", producer_id: "producer", peer_id: "zoë", rtp_data: data, payload_type: 96, ssrc: 4_000_000_000,
    server_timestamp: "1700000000123", rtp_timestamp: 4_294_967_295, sequence_number: 65535,
  });
});
