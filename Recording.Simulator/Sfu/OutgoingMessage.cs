using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>A message in a link's queue; the track is set when the ledger has to note the packet once it is written.</summary>
internal readonly record struct OutgoingMessage(SfuToRecording Message, int Weight, TrackSubscription? Track, ulong Index, byte[]? Packet);
