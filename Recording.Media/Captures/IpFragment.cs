namespace Recording.Media.Captures;

/// <summary>A part of a fragmented IP datagram.</summary>
/// <param name="Key">Which datagram.</param>
/// <param name="Place">First byte in the datagram.</param>
/// <param name="Offset">First byte in the frame.</param>
/// <param name="Length">Bytes.</param>
/// <param name="More">It is not the last part.</param>
internal readonly record struct IpFragment(IpFragmentKey Key, int Place, int Offset, int Length, bool More);

/// <summary>What the parts of one IP datagram share.</summary>
internal readonly record struct IpFragmentKey(UInt128 Source, UInt128 Destination, uint Identification);
