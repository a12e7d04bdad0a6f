namespace Recording.Simulator.Media;

/// <summary>One encoded picture or one audio packet of a clip.</summary>
/// <param name="Data">The codec's own bytes, not yet packetised.</param>
/// <param name="Ticks">Start in ticks of the clip's clock, from 0.</param>
/// <param name="Keyframe">Decodable without anything before it; always true for audio.</param>
public readonly record struct EncodedFrame(byte[] Data, long Ticks, bool Keyframe);
