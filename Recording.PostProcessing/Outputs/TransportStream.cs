namespace Recording.PostProcessing.Outputs;

/// <summary>MPEG transport streams (ISO/IEC 13818-1), which pieces of H.264 are stored in.</summary>
internal static class TransportStream
{
    private const int PacketLength = 188;

    // FFmpeg is sure of the format from 2244 bytes on; below that it takes a piece of two or three plain frames for nothing at all.
    private const int FewestPackets = 32;

    // 2.4.3.3: PID 0x1FFF, a payload of any bytes, which readers skip.
    private static readonly byte[] _nullPacket = [0x47, 0x1F, 0xFF, 0x10, .. Enumerable.Repeat((byte)0xFF, PacketLength - 4)];

    /// <summary>Appends null packets to a file that is too short to be recognised.</summary>
    public static async Task PadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        await using FileStream stream = file.Open(FileMode.Append, FileAccess.Write);
        while (stream.Position < FewestPackets * PacketLength)
        {
            await stream.WriteAsync(_nullPacket, cancellationToken);
        }
    }
}
