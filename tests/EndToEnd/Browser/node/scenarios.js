// Who does what in a room. Colours and pitches are known to the C# tests.
const looks = {
  alice: { colour: "c03030", pitch: 500 },
  bob: { colour: "30a030", pitch: 740 },
  carol: { colour: "3040c0", pitch: 1000 },
  dave: { colour: "a030a0", pitch: 1320 },
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
};
