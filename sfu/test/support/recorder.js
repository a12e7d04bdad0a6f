import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";

// Loaded by the tests' own means, not by the package's.
const definition = protoLoader.loadSync(["recording_sfu.proto", "recording_ingest.proto", "recording_control.proto"], {
  includeDirs: [fileURLToPath(new URL("../../protos/", import.meta.url))], keepCase: true, longs: String, defaults: true, oneofs: true,
});
const root = grpc.loadPackageDefinition(definition).recording;
export const everything = ["rtp_batch", "rtp_ack", "sender_reports", "track_details", "keyframe", "resync", "start_requested", "quality"];
const deadlineMs = 10_000;

/** Parses an SfuToRecording as the .proto says. */
export const parse = definition["recording.sfu.RecordingSfuBridge"].Connect.responseDeserialize;

/** A recorder of the test's own on one stream: keeps what it heard, answers nothing by itself. */
export class TestRecorder {
  #waits = [];
  heard = [];
  isOver = false;
  status = null;

  constructor(stream, client) {
    this.stream = stream;
    this.client = client;
    stream.on("data", (message) => {
      this.heard.push(message);
      this.#check();
    });
    stream.on("error", () => {});
    stream.on("status", (status) => {
      this.status = status;
      this.#over();
    });
    stream.on("end", () => this.#over());
  }

  static dial(port, { token, credentials = grpc.credentials.createInsecure() } = {}) {
    const client = new root.sfu.RecordingSfuBridge(`127.0.0.1:${port}`, credentials, { "grpc.use_local_subchannel_pool": 1 });
    const metadata = new grpc.Metadata();
    if (token) metadata.set("authorization", `Bearer ${token}`);
    return new TestRecorder(client.Connect(metadata), client);
  }

  /** Dials and registers. */
  static async register(port, { fence = "1", capabilities = everything, ...options } = {}) {
    const recorder = TestRecorder.dial(port, options);
    recorder.send({ register: { service_id: "test", version: "1", capabilities, max_concurrent_rooms: 5, fence } });
    await recorder.hears("register_response");
    return recorder;
  }

  send(message) {
    this.stream.write({ request_id: message.request_id ?? "r", ...message });
  }

  all(payload) {
    return this.heard.filter((message) => message.payload === payload).map((message) => message[payload]);
  }

  events(name) {
    return this.all("room_event").filter((event) => event.event === name).map((event) => event[name]);
  }

  /** The first message of this payload that fits, now or later. */
  async hears(payload, fits = () => true) {
    const found = () => this.heard.find((message) => message.payload === payload && fits(message[payload], message));
    await this.until(`hears ${payload}`, () => found() !== undefined);
    return found()[payload];
  }

  hearsEvent(name, fits = () => true) {
    return this.hears("room_event", (event) => event.event === name && fits(event[name])).then((event) => event[name]);
  }

  until(what, condition) {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms: ${what}; heard ${this.heard.map((m) => m.payload).join(" ")}`)), deadlineMs);
      this.#waits.push({ condition, resolve: () => { clearTimeout(timer); resolve(); } });
    });
  }

  /** Subscribes and answers the track's handle. */
  async subscribe(producerId, { roomId = "room", recordingId = "rec", resumeFrom = "0" } = {}) {
    const before = this.all("track_subscribed").length;
    this.send({ subscribe_track: { room_id: roomId, producer_id: producerId, recording_id: recordingId, resume_from: resumeFrom } });
    await this.until("track_subscribed", () => this.all("track_subscribed").length > before);
    return this.all("track_subscribed").at(-1);
  }

  /** Packets of a handle by index, from all batches. */
  packets(handle) {
    const packets = new Map();
    for (const batch of this.all("rtp_batch")) {
      if (batch.track_handle !== handle) continue;
      let index = Number(batch.first_index);
      for (const entry of entries(batch)) packets.set(index++, entry);
    }
    return packets;
  }

  close() {
    this.stream.cancel();
    this.client?.close();
  }

  #over() {
    this.isOver = true;
    this.#check();
  }

  #check() {
    this.#waits = this.#waits.filter((wait) => {
      if (!wait.condition()) return true;
      wait.resolve();
      return false;
    });
  }
}

/** A recorder that SFUs dial. */
export async function servedRecorder(onLink, control = {}) {
  const server = new grpc.Server();
  const refuse = (call, callback) => callback({ code: grpc.status.UNIMPLEMENTED });
  server.addService(root.ingest.RecordingIngest.service, {
    Attach: (call) => {
      const link = new TestRecorder(call);
      call.on("end", () => call.end());
      onLink(link);
    },
  });
  const methods = Object.keys(root.control.RecordingControl.service);
  server.addService(root.control.RecordingControl.service, { ...Object.fromEntries(methods.map((name) => [name, refuse])), ...control });
  const port = await new Promise((resolve, reject) => server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
  return { port, close: () => server.forceShutdown() };
}

/** The entries of a batch: (varint zigzag delta_us, varint length, packet)*. */
export function entries(batch) {
  const found = [];
  let offset = 0;
  let timeUs = BigInt(batch.base_time_us);
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = batch.packets[offset++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (offset < batch.packets.length) {
    const raw = varint();
    timeUs += (raw >> 1n) ^ -(raw & 1n);
    const length = Number(varint());
    found.push({ timeUs: Number(timeUs), data: batch.packets.subarray(offset, offset + length) });
    offset += length;
  }
  if (found.length !== batch.count) throw new Error(`the batch says ${batch.count} packets and holds ${found.length}`);
  return found;
}
