// Worker: the picture and sound of one participant, both made by one clock: frame 26 k and sample 49920 k are the same moment, and carry it. A canvas that is captured and an AudioContext have
// a clock each, and either is late by what the compositor or the sound thread lacks on a busy machine.
const sampleRate = 48000;
const blockSamples = 480;
const blockMs = 10;
const frameMs = 40;
const markMs = 100;
// 26 pictures; no whole number of a film's at 30 a second, so that marks fall anywhere between two of them.
const periodMs = 1040;
// What a machine that stood still did not make in time is left out of the picture; sound has no holes.
const maxLateFrames = 3;

onmessage = async ({ data: { colour, pitch, width, height, sound, picture } }) => {
  const [toSound, toPicture] = [sound.getWriter(), picture.getWriter()];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  const start = performance.now();
  let blocks = 0;
  let frames = 0;

  function writeBlock() {
    const samples = new Float32Array(blockSamples);
    if ((blocks * blockMs) % periodMs < markMs) {
      for (let n = 0; n < blockSamples; n++) samples[n] = 0.7 * Math.sin((2 * Math.PI * pitch * (blocks * blockSamples + n)) / sampleRate);
    }
    const timestamp = Math.round((start + blocks * blockMs) * 1000);
    toSound.write(new AudioData({ format: "f32-planar", sampleRate, numberOfFrames: blockSamples, numberOfChannels: 1, timestamp, data: samples }));
    blocks++;
  }

  function writeFrame() {
    context.fillStyle = (frames * frameMs) % periodMs < markMs ? "white" : `#${colour}`;
    context.fillRect(0, 0, width, height);
    // Something has to move, or the encoder sends next to nothing.
    context.fillStyle = frames % 2 ? "#808080" : "#707070";
    context.fillRect((frames * 4) % width, height - 12, 8, 12);
    toPicture.write(new VideoFrame(canvas, { timestamp: Math.round((start + frames * frameMs) * 1000), duration: frameMs * 1000 }));
    frames++;
  }

  setInterval(() => {
    const now = performance.now() - start;
    // A block goes out when it begins: a packet is sent when its 20 ms are full, and by arrival alone (Janus) sound is late by what that takes.
    while (blocks * blockMs <= now) writeBlock();
    const due = Math.floor(now / frameMs);
    for (; frames <= due; ) {
      const opens = (frames * frameMs) % periodMs < frameMs;
      if (due - frames < maxLateFrames || opens) writeFrame();
      else frames++;
    }
  }, 5);
};
