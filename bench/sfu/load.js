// node load.js RECORDER_PORT [--producers N] [--rate PACKETS_PER_SECOND] [--seconds N] [--warmup N] [--ledger FILE] [--bound-ms N] [--without-package]
// One SFU process under load: its producers hand their packets to @brollyhub/recording-sfu, which dials the recorder. Prints one line of JSON: event-loop delay, CPU a packet, counters.
// --without-package makes the same packets and drops them; --bound-ms ends with 1 when the delay's 99th percentile is over it.
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { createRecordingServer } from "../../sfu/recording-server.js";

const { positionals: [port], values } = parseArgs({
  allowPositionals: true,
  options: {
    producers: { type: "string", default: "200" }, rate: { type: "string", default: "100" }, seconds: { type: "string", default: "12" }, warmup: { type: "string", default: "4" }, ledger: { type: "string" },
    "bound-ms": { type: "string" }, "without-package": { type: "boolean", default: false },
  },
});
const [producerCount, rate, seconds, warmup] = [values.producers, values.rate, values.seconds, values.warmup].map(Number);
const producersARoom = 20;
const stepMs = 10;
const patienceMs = 120_000;
const audio = { codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }] };
const video = { codecs: [{ mimeType: "video/VP8", payloadType: 96, clockRate: 90000 }] };
const sizes = { audio: 120, video: 1100 };

// The same calls as of the package, with nothing behind them.
function nothing() {
  let count = 0;
  const producer = { isRecorded: true, rtp: () => count++ };
  const room = { peerJoined: () => {}, close: () => {}, producerCreated: () => producer };
  const stats = () => ({ sentPackets: count, receivedPackets: count, ringBytes: 0, droppedPackets: 0, refusedPackets: 0, failures: 0, links: 0 });
  return { roomCreated: () => room, stats, close: () => {} };
}

const isBaseline = values["without-package"];
const recording = isBaseline ? nothing() : await createRecordingServer({ dial: `127.0.0.1:${port}`, sfuId: "load", logger: { warn: console.error, error: console.error } });
const rooms = Array.from({ length: Math.ceil(producerCount / producersARoom) }, (_, n) => {
  const room = recording.roomCreated({ roomId: `load-${n}`, policy: { enabled: true, auto_record: true, host_id: "peer-0" } });
  for (let peer = 0; peer < producersARoom / 2; peer++) room.peerJoined({ peerId: `peer-${peer}` });
  return room;
});
const producers = Array.from({ length: producerCount }, (_, n) => {
  const kind = n % 2 === 0 ? "audio" : "video";
  const room = rooms[Math.floor(n / producersARoom)];
  const packet = randomFillSync(Buffer.alloc(sizes[kind]));
  packet[0] = 0x80;
  packet[1] = kind === "audio" ? 111 : 96;
  packet.writeUInt32BE(0x10000 + n, 8);
  const peerId = `peer-${Math.floor((n % producersARoom) / 2)}`;
  return { room, packet, recorded: room.producerCreated({ producerId: `producer-${n}`, peerId, kind, rtpParameters: kind === "audio" ? audio : video }) };
});

const ledger = values.ledger && openSync(values.ledger, "w");
let lines = [];
function send({ room, packet, recorded }, sequence) {
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 480) >>> 0, 4);
  recorded.rtp(packet);
  if (ledger) lines.push(JSON.stringify({ room: room.roomId, producer: recorded.producerId, epoch: "0", index: sequence + 1, sha256: createHash("sha256").update(packet).digest("hex") }));
}

await until("every producer is recorded", () => producers.every(({ recorded }) => recorded.isRecorded));
const delay = monitorEventLoopDelay({ resolution: 1 });
let sent = 0;
await play(warmup);
await until("everything is sent", () => recording.stats().sentPackets >= sent);
const [cpuBefore, packetsBefore] = [process.cpuUsage(), recording.stats().sentPackets];
delay.enable();
const started = performance.now();
await play(seconds);
await until("everything is sent", () => recording.stats().sentPackets >= sent);
const elapsed = (performance.now() - started) / 1000;
delay.disable();
const cpu = process.cpuUsage(cpuBefore);
const packets = recording.stats().sentPackets - packetsBefore;
for (const room of rooms) room.close();
await until("everything is stored", () => recording.stats().ringBytes === 0);
const { droppedPackets, refusedPackets, failures, receivedPackets, links } = recording.stats();
await recording.close();
if (ledger) {
  writeSync(ledger, lines.join("\n"));
  closeSync(ledger);
}
const ms = (ns) => Math.round(ns / 1e4) / 100;
const p99 = ms(delay.percentile(99));
console.log(JSON.stringify({
  package: !isBaseline,
  producers: producerCount,
  packets_per_s: Math.round(packets / elapsed),
  cpu_us_a_packet: Math.round(((cpu.user + cpu.system) / packets) * 100) / 100,
  event_loop_delay_ms: { mean: ms(delay.mean), p50: ms(delay.percentile(50)), p99, max: ms(delay.max) },
  sent, received: receivedPackets, dropped: droppedPackets, refused: refusedPackets, failures, links,
}));
if (values["bound-ms"] && (p99 > Number(values["bound-ms"]) || receivedPackets !== sent || droppedPackets > 0)) process.exitCode = 1;

// As many packets as the time that passed asks for, so that a late timer makes a burst and no lower rate.
async function play(duration) {
  const [start, before] = [performance.now(), sent];
  const wanted = duration * rate;
  const base = before / producerCount;
  for (let done = 0; done < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - start) / 1000) * rate));
    for (; done < due; done++) for (const producer of producers) send(producer, base + done);
    sent = before + done * producerCount;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}

async function until(what, condition) {
  const end = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${patienceMs / 1000} s: ${what}; ${JSON.stringify(recording.stats())}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
