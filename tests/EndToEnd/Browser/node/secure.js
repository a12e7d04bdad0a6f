// node secure.js listen PORT CONTROL_PORT | dial PORT; CERT, KEY, CA (files) and TOKEN in the environment.
// A participant starts a recording through the SFU, the SFU pauses, resumes and stops it by the control service. Ends with 0 when every packet is stored.
import { readFileSync } from "node:fs";
import { createRecordingServer } from "@brollyhub/recording-sfu";

const [mode, port, controlPort] = process.argv.slice(2);
const [cert, key, ca] = ["CERT", "KEY", "CA"].map((name) => readFileSync(process.env[name]));
const shared = { sfuId: "secure", token: process.env.TOKEN, tls: { cert, key, ca } };
const recording = await createRecordingServer(mode === "dial"
  ? { ...shared, dial: `127.0.0.1:${port}` }
  : { ...shared, host: "127.0.0.1", port: Number(port), control: `127.0.0.1:${controlPort}` });
console.log("ready");
const room = recording.roomCreated({ roomId: "secure", policy: { features: { recording: { enabled: true } }, roles: { host_id: "hana" } } });
room.peerJoined({ peerId: "hana" });
const mic = room.producerCreated({
  producerId: "mic", peerId: "hana", kind: "audio", rtpParameters: { codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }] },
});

await until("a recorder is connected", () => recording.stats().connected);
await room.startRecording("hana");
await until("the microphone is recorded", () => mic.isRecorded);
const packet = Buffer.alloc(100);
packet.writeUInt16BE(0x806f, 0);
for (let n = 1; n <= 100; n++) {
  packet.writeUInt16BE(n, 2);
  mic.rtp(packet);
}
// What reaches the recorder while it is paused is not stored: the packets must be there before.
await until("the packets are stored", () => recording.stats().ringBytes === 0);
await room.pauseRecording({ peerId: "hana" });
await until("it is paused", () => !mic.isRecorded);
await room.resumeRecording({ peerId: "hana" });
await until("it goes on", () => mic.isRecorded);
await room.stopRecording({ peerId: "hana" });
await until("it has stopped and everything is stored", () => !room.recording && recording.stats().ringBytes === 0);
const { receivedPackets, droppedPackets, failures } = recording.stats();
await recording.close();
console.log(JSON.stringify({ received: receivedPackets, dropped: droppedPackets, failures }));
process.exit(0);

async function until(what, condition) {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) {
      console.error(`not within 60 s: ${what}`);
      process.exit(1);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
