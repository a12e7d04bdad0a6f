// Who does what in a room. Colours and pitches are known to the C# tests (Looks.cs).
const looks = {
  alice: { colour: "c03030", pitch: 1600 },
  bob: { colour: "20a0b0", pitch: 2400 },
  carol: { colour: "e0d020", pitch: 3200 },
};
const camera = (peer, codec, more = {}) => ({ codec, ...looks[peer], ...more });

export const scenarios = {
  // The shortest whole chain: one participant, VP8 and Opus.
  plain: {
    peers: ["alice"],
    async play(stage) {
      await stage.join("alice");
      await stage.publish("alice", "camera", camera("alice", "VP8"));
      await stage.wait(9000);
    },
  },

  // Three codecs, a late joiner, a reload, mute and unmute, a screenshare.
  meeting: {
    peers: ["alice", "bob", "carol"],
    async play(stage) {
      await stage.join("alice");
      await stage.publish("alice", "camera", camera("alice", "VP8"));
      await stage.join("bob");
      await stage.publish("bob", "camera", camera("bob", "VP9"));
      await stage.wait(4000);
      await stage.join("carol");
      await stage.publish("carol", "camera", camera("carol", "H264"));
      await stage.wait(3000);
      await stage.setMuted("alice", "video", true);
      await stage.setMuted("alice", "audio", true);
      await stage.reload("bob", camera("bob", "VP9"));
      await stage.wait(3000);
      await stage.setMuted("alice", "audio", false);
      await stage.setMuted("alice", "video", false);
      await stage.wait(1000);
      await stage.publish("alice", "screen", { codec: "VP8" });
      await stage.wait(6000);
    },
  },

  // Janus as the SFU.
  janus: {
    sfu: "janus",
    peers: ["alice"],
    async play(stage) {
      await stage.join("alice");
      await stage.publish("alice", "camera", camera("alice", "VP8"));
      await stage.wait(9000);
    },
  },

  // Simulcast; a bad network between a browser and the SFU; the link to the recorder cut for 3 s; the browser's own fake devices.
  storm: {
    peers: ["alice", "bob", "dave"],
    async play(stage) {
      await stage.join("alice");
      await stage.publish("alice", "camera", camera("alice", "VP8", { simulcast: true, width: 640, height: 360 }));
      await stage.join("bob");
      await stage.publish("bob", "camera", camera("bob", "VP8"));
      await stage.join("dave");
      await stage.publish("dave", "camera", { codec: "VP8", device: true });
      await stage.wait(2000);
      stage.impair("bob", { loss: 0.05 });
      await stage.wait(3000);
      stage.impair("bob", { loss: 0.05, burstMs: 400 });
      await stage.wait(1500);
      stage.proxy.cut();
      stage.tell("cut", { peer: "" });
      await stage.wait(3000);
      stage.proxy.mend();
      stage.tell("mended", { peer: "" });
      await stage.wait(4000);
    },
  },
};
