using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>
/// Makes a complete file of one that was cut or damaged: every sound block in its order and once, a gap marker where indexes are missing that no
/// marker tells of (<c>damaged</c> at a damage, else <c>missing</c>), a new index and footer. Streams, with memory for one block and a few bytes for each other.
/// </summary>
public static class TrackFileRepair
{
    /// <summary>Reads the old file to its end and writes the new one.</summary>
    /// <param name="damaged">The old file from its start; need not be seekable.</param>
    /// <param name="output">Where the new file goes; flushed, not closed.</param>
    /// <param name="header">Stands in for a header that is gone; null = an empty one.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<RepairResult> RepairAsync(
        Stream damaged,
        Stream output,
        TrackHeader? header = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        ArgumentNullException.ThrowIfNull(output);
        using var run = new Run(output);
        var reader = new TrackFileReader(damaged);
        while (await reader.ReadAsync(cancellationToken))
        {
            await run.AddAsync(reader, header, cancellationToken);
        }

        return await run.FinishAsync(reader, header, cancellationToken);
    }

    private sealed class Run(Stream stream) : IDisposable
    {
        private readonly HashedOutput _output = new(stream);
        private readonly AssemblyCounters _counters = new();
        private readonly ArrayBufferWriter<byte> _block = new();
        private TrackFormat? _format;
        private readonly HashSet<(ulong Epoch, ulong First, int Count, uint Checksum)> _written = [];
        private bool _headerReplaced;
        private long _damageSeen;
        private long _duplicates;
        private ulong _declared;
        private BlockHeader _last;
        private ulong _next;

        public void Dispose() => _output.Dispose();

        public async Task AddAsync(TrackFileReader reader, TrackHeader? substitute, CancellationToken cancellationToken)
        {
            if (reader.Kind == TrackItemKind.Section)
            {
                await SectionAsync(reader.Item, reader.Format!, cancellationToken);
            }
            else if (reader.Kind == TrackItemKind.Block && reader.Header.Kind != BlockKind.Index)
            {
                await SubstituteAsync(substitute, cancellationToken);
                await BlockAsync(reader, cancellationToken);
            }
        }

        public async Task<RepairResult> FinishAsync(TrackFileReader reader, TrackHeader? substitute, CancellationToken cancellationToken)
        {
            await SubstituteAsync(substitute, cancellationToken);
            await TailAsync(reader, cancellationToken);
            long offset = _output.Position;
            TrackIndex index = _counters.Index.Build();
            await WriteAsync(new BlockHeader(BlockKind.Index, BlockFlags.None, 0, 0, _last.Epoch, 0, index.FirstTimeUs, 0), index.ToByteArray(), cancellationToken);
            byte[] footer = new byte[TrackFooter.Size];
            TrackFooter.Write(footer, (ulong)offset);
            await _output.WriteAsync(footer, cancellationToken);
            string sha256 = await _output.FinishAsync(cancellationToken);
            return new RepairResult
            {
                File = _counters.Result(sha256, _output.Position, _format!),
                Damage = [.. reader.Damage],
                DamagedBytes = reader.DamagedBytes,
                HeaderReplaced = _headerReplaced,
                DuplicateBlocks = _duplicates,
            };
        }

        private async Task SectionAsync(ReadOnlyMemory<byte> section, TrackFormat format, CancellationToken cancellationToken)
        {
            _format = format;
            _counters.Use(format);
            await _output.WriteAsync(section, cancellationToken);
        }

        private async Task SubstituteAsync(TrackHeader? substitute, CancellationToken cancellationToken)
        {
            if (_format is null)
            {
                _headerReplaced = true;
                TrackHeader header = substitute ?? new TrackHeader { FileVersion = TrackSection.FileVersion };
                await SectionAsync(TrackSection.Encode(header), header.Format ?? new TrackFormat(), cancellationToken);
            }
        }

        private async Task BlockAsync(TrackFileReader reader, CancellationToken cancellationToken)
        {
            BlockHeader header = reader.Header;
            Marker? marker = null;
            if (header.Kind == BlockKind.Marker && BlockSequence.TryParseMarker(reader.Payload.Span, out marker))
            {
                _counters.Note(marker, header, header.Epoch);
                _declared = marker.Gap is { FirstIndex: > 0 } gap && gap.FirstIndex <= _next ? Math.Max(_declared, gap.LastIndex) : _declared;
            }

            if (header.Kind == BlockKind.Data && header.PacketCount > 0 && !_written.Add((header.Epoch, header.FirstIndex, header.PacketCount, Crc32C.Compute(reader.Payload.Span))))
            {
                _duplicates++;
                return;
            }

            ulong first = marker?.Skipped?.FirstIndex ?? header.FirstIndex;
            ulong last = marker?.Skipped?.LastIndex ?? header.EndIndex - 1;
            if ((header.Kind == BlockKind.Data && header.PacketCount > 0) || marker?.Skipped is not null)
            {
                await GapAsync(reader, first, cancellationToken);

                // A block that stands too late, or overlaps, leaves no hole behind it.
                _next = header.Epoch == _last.Epoch ? Math.Max(_next, last + 1) : last + 1;
                _declared = 0;
                _last = header;
            }

            long offset = _output.Position;
            if (header.Kind == BlockKind.Data)
            {
                _counters.Data(header, reader.Payload.Span, offset);
            }
            else
            {
                _counters.Index.Block(header, offset);
            }

            if (header.Kind == BlockKind.Format)
            {
                _format = reader.Format!;
                _counters.Use(_format);
            }

            await _output.WriteAsync(reader.Item, cancellationToken);
        }

        private Task GapAsync(TrackFileReader reader, ulong first, CancellationToken cancellationToken)
        {
            bool atDamage = reader.DamagedBytes > _damageSeen;
            _damageSeen = reader.DamagedBytes;
            return _next == 0 || reader.Header.Epoch != _last.Epoch || first <= Math.Max(_next, _declared + 1)
                ? Task.CompletedTask
                : GapAsync(Math.Max(_next, _declared + 1), first - 1, atDamage ? "damaged" : "missing", cancellationToken);
        }

        // What a damaged last block held is known when its header is sound.
        private Task TailAsync(TrackFileReader reader, CancellationToken cancellationToken)
        {
            Damage damage = reader.Damage.Count > 0 ? reader.Damage[^1] : default;
            return _next > 0 && damage.LostIndexes > 0 && damage.Epoch == _last.Epoch && damage.FirstIndex >= _next && damage.ToUs == 0
                ? GapAsync(_next, damage.LastIndex, "damaged", cancellationToken)
                : Task.CompletedTask;
        }

        private async Task GapAsync(ulong first, ulong last, string reason, CancellationToken cancellationToken)
        {
            var marker = new Marker { Gap = new Marker.Types.Gap { FirstIndex = first, LastIndex = last, Reason = reason } };
            BlockHeader header = _last with { Kind = BlockKind.Marker, Flags = BlockFlags.None, PacketCount = 0, FirstIndex = first };
            _counters.Note(marker, header, header.Epoch);
            _counters.Index.Block(header, _output.Position);
            await WriteAsync(header, marker.ToByteArray(), cancellationToken);
        }

        private async Task WriteAsync(BlockHeader header, byte[] payload, CancellationToken cancellationToken)
        {
            _block.ResetWrittenCount();
            Block.Write(_block, header, payload);
            await _output.WriteAsync(_block.WrittenMemory, cancellationToken);
        }
    }
}
