using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>
/// Writes a complete track file from packets in order of arrival: one section and one epoch, indexes from 1, index and footer at the end. Memory for
/// one block. Not thread-safe; does not own the stream.
/// </summary>
public sealed class TrackFileWriter : IDisposable
{
    /// <summary>A block is closed when it has so many bytes: what a flipped bit can cost.</summary>
    public const int BlockBytes = 16 * 1024;

    /// <summary>A block is closed when it spans so many µs.</summary>
    public const long BlockSpanUs = 1_000_000;

    private readonly HashedOutput _output;
    private readonly AssemblyCounters _counters = new();
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly DataPayloadWriter _payload = new();
    private readonly TrackHeader _header;
    private readonly ulong _epoch;
    private ulong _next = 1;
    private bool _begun;

    /// <param name="output">Where the file goes, from its first byte.</param>
    /// <param name="header">Of the one section.</param>
    /// <param name="epoch">Session that numbers the packets.</param>
    public TrackFileWriter(Stream output, TrackHeader header, ulong epoch)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(header);
        _output = new HashedOutput(output);
        _header = header;
        _header.Format ??= new TrackFormat();
        _epoch = epoch;
        _counters.Use(_header.Format);
    }

    /// <summary>Adds RTP, or a 28-byte sender report.</summary>
    /// <param name="timeUs">Arrival, µs since 1970.</param>
    /// <param name="packet">At most 64 KiB less 16 bytes.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async ValueTask AddAsync(long timeUs, ReadOnlyMemory<byte> packet, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packet.Length, DataPayloadWriter.MaxPayloadLength - 16);
        if (_payload.Length >= BlockBytes || (_payload.Count > 0 && Math.Abs(timeUs - _payload.BaseTimeUs) >= BlockSpanUs) || !_payload.TryAdd(timeUs, packet.Span))
        {
            await CloseBlockAsync(cancellationToken);
            _payload.TryAdd(timeUs, packet.Span);
        }
    }

    /// <summary>Writes what is left, index and footer, and returns what was counted.</summary>
    public async Task<AssemblyResult> FinishAsync(CancellationToken cancellationToken = default)
    {
        await CloseBlockAsync(cancellationToken);
        long offset = _output.Position;
        TrackIndex index = _counters.Index.Build();
        await WriteAsync(new BlockHeader(BlockKind.Index, BlockFlags.None, 0, 0, _epoch, 0, index.FirstTimeUs, 0), index.ToByteArray(), cancellationToken);
        byte[] footer = new byte[TrackFooter.Size];
        TrackFooter.Write(footer, (ulong)offset);
        await _output.WriteAsync(footer, cancellationToken);
        string sha256 = await _output.FinishAsync(cancellationToken);
        return _counters.Result(sha256, _output.Position, _header.Format);
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private async ValueTask CloseBlockAsync(CancellationToken cancellationToken)
    {
        if (!_begun)
        {
            _begun = true;
            await _output.WriteAsync(TrackSection.Encode(_header), cancellationToken);
        }

        if (_payload.Count == 0)
        {
            return;
        }

        var header = new BlockHeader(BlockKind.Data, BlockFlags.None, 0, _payload.Count, _epoch, _next, _payload.BaseTimeUs, _payload.BaseTimeUs);
        _counters.Data(header, _payload.Payload, _output.Position);
        _next += (ulong)_payload.Count;
        await WriteAsync(header, _payload.Payload.ToArray(), cancellationToken);
        _payload.Clear();
    }

    private async ValueTask WriteAsync(BlockHeader header, byte[] payload, CancellationToken cancellationToken)
    {
        _block.ResetWrittenCount();
        Block.Write(_block, header, payload);
        await _output.WriteAsync(_block.WrittenMemory, cancellationToken);
    }
}
