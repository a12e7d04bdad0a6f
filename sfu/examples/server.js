// The smallest SFU that can be recorded: it takes VP8 on UDP port 5004 and Opus on 5006 (RTCP one above each) from FFmpeg or GStreamer.
// The recorder dials port 50055. The room ends when nothing has come for two seconds.
import { createSocket } from "node:dgram";
import { createRecordingServer } from "@brollyhub/recording-sfu";

const silenceMs = 2000;
const senderReport = 200;

const recording = await createRecordingServer({ host: "127.0.0.1", port: 50055 });
const room = recording.roomCreated({
  roomId: "demo",
  roomName: "Demo",
  policy: { features: { recording: { enabled: true, auto_record: true } }, roles: { host_id: "ffmpeg" } },
});
room.peerJoined({ peerId: "ffmpeg", displayName: "FFmpeg" });

const tracks = [
  listen(5004, { producerId: "camera", kind: "video", rtpParameters: { codecs: [{ mimeType: "video/VP8", payloadType: 96, clockRate: 90000 }] } }),
  listen(5006, { producerId: "mic", kind: "audio", rtpParameters: { codecs: [{ mimeType: "audio/opus", payloadType: 111, clockRate: 48000, channels: 2 }] } }),
];

let lastPacket = 0;
let isTold = false;
const timer = setInterval(async () => {
  if (!isTold && tracks.every(({ producer }) => producer.isRecorded)) {
    isTold = true;
    console.log("recording: send RTP now");
  }
  if (lastPacket !== 0 && Date.now() - lastPacket > silenceMs) {
    clearInterval(timer);
    for (const socket of tracks.flatMap(({ sockets }) => sockets)) socket.close();
    room.close();
    await recording.close();
    console.log("recorded", recording.stats());
  }
}, 100);

console.log(`waiting for a recorder on port ${recording.port}`);

function listen(port, options) {
  const producer = room.producerCreated({ peerId: "ffmpeg", ...options });
  const rtp = createSocket("udp4").bind(port, "127.0.0.1");
  rtp.on("message", (packet) => {
    lastPacket = Date.now();
    producer.rtp(packet);
  });
  const rtcp = createSocket("udp4").bind(port + 1, "127.0.0.1");
  rtcp.on("message", (packet) => {
    if (packet[1] !== senderReport || packet.length < 28) return;
    producer.senderReport({
      ssrc: packet.readUInt32BE(4), ntpSeconds: packet.readUInt32BE(8), ntpFraction: packet.readUInt32BE(12), rtpTimestamp: packet.readUInt32BE(16),
    });
  });
  return { producer, sockets: [rtp, rtcp] };
}
