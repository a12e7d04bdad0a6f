// An SFU that knows nothing but the plan's messages (recording_sfu.proto beside this file is the plan's text, unchanged).
//   node plan-sfu.js serve PORT            serves RecordingSfuBridge; the recorder dials
//   node plan-sfu.js dial HOST:PORT        dials the recorder, with the same messages
// It opens one auto-recorded room, sends each subscribed producer's packets, closes the room and ends.
// Standard output: one ledger line a packet, {"room","producer","epoch","index","sha256"}.
import { createHash, randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const definition = protoLoader.loadSync(fileURLToPath(new URL("recording_sfu.proto", import.meta.url)), {
  keepCase: true,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const bridge = grpc.loadPackageDefinition(definition).recording.sfu.RecordingSfuBridge;
const connect = bridge.service.Connect;

const [mode, target] = process.argv.slice(2);
const packetsPerProducer = Number(process.env.PACKETS ?? 150);
const roomId = process.env.ROOM ?? "plan-room";
const producers = [
  { producer_id: "p-alice-mic", peer_id: "alice", kind: "audio", track_type: "mic", payload_type: 111, ssrc: 1001, codec: "opus", clock_rate: 48000, channels: 2 },
  { producer_id: "p-alice-cam", peer_id: "alice", kind: "video", track_type: "camera", payload_type: 96, ssrc: 1002, codec: "vp8", clock_rate: 90000, channels: 0 },
  { producer_id: "p-bob-mic", peer_id: "bob", kind: "audio", track_type: "mic", payload_type: 111, ssrc: 1003, codec: "opus", clock_rate: 48000, channels: 2 },
];
const policy = {
  enabled: true, who_can_record: "host", who_can_download: "all", auto_record: true, notify_participants: true,
  retention_days: 30, host_id: "alice", co_host_ids: [], panelist_ids: [],
};

function rtp(producer, n) {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = producer.payload_type | (producer.kind === "video" && n % 3 === 2 ? 0x80 : 0);
  header.writeUInt16BE((60000 + n) & 0xffff, 2);
  header.writeUInt32BE((4294900000 + (producer.kind === "audio" ? n * 960 : Math.floor(n / 3) * 3000)) >>> 0, 4);
  header.writeUInt32BE(producer.ssrc, 8);
  return Buffer.concat([header, randomBytes(producer.kind === "audio" ? 80 : 900)]);
}

function session(stream, whenDone) {
  let subscribed = 0;
  let finished = 0;
  let closed = false;
  const now = () => Date.now();
  const event = (name, body) => stream.write({ room_event: { room_id: roomId, timestamp: now(), [name]: { ...body, timestamp: now() } } });

  function end() {
    if (closed) return;
    closed = true;
    whenDone();
  }

  function send(producer) {
    let n = 0;
    const timer = setInterval(() => {
      for (let burst = 0; burst < 5 && n < packetsPerProducer; burst++, n++) {
        const data = rtp(producer, n);
        stream.write({
          rtp_packet: {
            room_id: roomId, recording_id: "sfu-names-it", producer_id: producer.producer_id, peer_id: producer.peer_id, rtp_data: data,
            payload_type: producer.payload_type, ssrc: producer.ssrc, server_timestamp: now(),
            rtp_timestamp: data.readUInt32BE(4), sequence_number: data.readUInt16BE(2),
          },
        });
        const sha256 = createHash("sha256").update(data).digest("hex");
        console.log(JSON.stringify({ room: roomId, producer: producer.producer_id, epoch: "0", index: n + 1, sha256 }));
      }
      if (n >= packetsPerProducer) {
        clearInterval(timer);
        event("producer_closed", { producer_id: producer.producer_id, peer_id: producer.peer_id, reason: "closed" });
        if (++finished === producers.length) {
          event("peer_left", { peer_id: "bob", reason: "left" });
          event("peer_left", { peer_id: "alice", reason: "left" });
          event("room_closed", { room_id: roomId, reason: "empty" });
          setTimeout(end, 3000);
        }
      }
    }, 20);
  }

  stream.on("data", (message) => {
    const id = message.request_id;
    switch (message.payload) {
      case "register":
        stream.write({ request_id: id, register_response: { success: true, sfu_id: "plan-sfu", message: "ok", active_rooms: 1, timestamp: now() } });
        event("room_created", { room_id: roomId, room_name: "Plan", host_id: "alice", meeting_type: "scheduled", policy });
        event("peer_joined", { peer_id: "alice", display_name: "Alice", is_host: true });
        event("peer_joined", { peer_id: "bob", display_name: "Bob" });
        for (const producer of producers) event("producer_created", producer);
        break;
      case "start_recording":
        // The plan's SFU names the recording itself.
        stream.write({
          request_id: id,
          start_recording_response: { success: true, recording_id: "sfu-names-it", available_tracks: producers.map((p) => ({ ...p })), policy },
        });
        break;
      case "subscribe_track": {
        const producer = producers.find((p) => p.producer_id === message.subscribe_track.producer_id);
        if (message.subscribe_track.recording_id !== "sfu-names-it") console.error("subscribe_track names", message.subscribe_track.recording_id);
        if (producer && !producer.sent) {
          producer.sent = true;
          subscribed++;
          stream.write({ request_id: id, track_subscribed: { room_id: roomId, producer_id: producer.producer_id, consumer_id: `c${subscribed}`, track_info: producer } });
          send(producer);
        }
        break;
      }
      case "stop_recording":
        if (finished === producers.length) end();
        break;
      case "heartbeat":
        stream.write({ request_id: id, heartbeat_ack: { timestamp: message.heartbeat.timestamp, server_time: now() } });
        break;
      default:
        console.error("ignored", message.payload ?? "a message of an extension");
    }
  });
  stream.on("error", (error) => console.error("stream:", error.message));
}

if (mode === "serve") {
  const server = new grpc.Server();
  server.addService(bridge.service, {
    Connect: (call) => session(call, () => { call.end(); server.tryShutdown(() => process.exit(0)); }),
    HealthCheck: (call, callback) => callback(null, { healthy: true, service_id: "plan-sfu" }),
  });
  server.bindAsync(`127.0.0.1:${target}`, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    console.error("listening");
  });
} else if (mode === "dial") {
  // The direction is turned round, the messages are the same: what Connect's server answers is sent, what its client sends is read.
  const client = new grpc.Client(target, grpc.credentials.createInsecure());
  const stream = client.makeBidiStreamRequest("/recording.ingest.RecordingIngest/Attach", connect.responseSerialize, connect.requestDeserialize);
  session(stream, () => { stream.end(); setTimeout(() => process.exit(0), 200); });
} else {
  console.error("usage: plan-sfu.js serve PORT | dial HOST:PORT");
  process.exit(2);
}
