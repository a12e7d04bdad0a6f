using System.Security.Cryptography;
using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>A complete track file taken apart again: each run of blocks of one epoch without a hole is a segment, read from the file where it stands.</summary>
internal static class CompleteTrack
{
    private const string Activation = "complete";

    /// <summary>A run, and when its first block was received, µs since 1970.</summary>
    internal sealed record Run(SegmentSource Source, long StartUs);

    /// <summary>Reads the file once, checks it against its committed hash, and returns its runs in their order.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="file">What was committed of it.</param>
    /// <param name="opens">Called when one of the runs is opened.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="BaseDamagedException">It is gone, or is not what was committed.</exception>
    public static async Task<IReadOnlyList<Run>> ReadAsync(IObjectStore store, string prefix, TrackBase file, Action opens, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(prefix + file.File, cancellationToken: cancellationToken)
            ?? throw new BaseDamagedException(file.File, "is gone");
        using var sha256 = SHA256.Create();
        await using var hashed = new CryptoStream(stored.Content, sha256, CryptoStreamMode.Read, leaveOpen: true);
        var scan = new Scan(store, prefix + file.File, file, opens);
        var reader = new TrackFileReader(hashed);
        while (await reader.ReadAsync(cancellationToken))
        {
            scan.Take(reader);
        }

        scan.Close(reader.Offset);
        if (sha256.Hash is not { } hash || !Convert.ToHexStringLower(hash).Equals(file.Sha256, StringComparison.Ordinal))
        {
            throw new BaseDamagedException(file.File, "has not the content that was committed");
        }

        return scan.Runs;
    }

    private sealed class Scan(IObjectStore store, string key, TrackBase file, Action opens)
    {
        private byte[] _section = [];
        private byte[] _runSection = [];
        private ulong _epoch;
        private ulong _first;
        private ulong _next;
        private long _from = -1;
        private long _startUs;
        private bool _counts;

        public List<Run> Runs { get; } = [];

        public void Take(TrackFileReader reader)
        {
            if (reader.Kind == TrackItemKind.Section)
            {
                Close(reader.Offset);
                _section = Section(reader);
                return;
            }

            if (reader.Kind != TrackItemKind.Block || reader.Header.Kind == BlockKind.Index)
            {
                Close(reader.Offset);
                return;
            }

            var header = reader.Header;
            var (first, count) = RangeOf(reader);
            if (_from >= 0 && (header.Epoch != _epoch || (count > 0 && _counts && first != _next)))
            {
                Close(reader.Offset);
            }

            if (_from < 0)
            {
                (_from, _epoch, _first, _next, _counts) = (reader.Offset, header.Epoch, Math.Max(1, header.FirstIndex), Math.Max(1, header.FirstIndex), false);
                (_startUs, _runSection) = (header.ReceivedTimeUs, _section);
            }

            if (count > 0)
            {
                _first = _counts ? _first : first;
                _next = first + count;
                _counts = true;
            }

            if (header.Kind == BlockKind.Format)
            {
                _section = Section(reader);
            }
        }

        /// <summary>Ends the run before this place in the file.</summary>
        public void Close(long end)
        {
            if (_from < 0)
            {
                return;
            }

            var (section, from, length) = (_runSection, _from, end - _from);
            Runs.Add(new Run(new SegmentSource(new SegmentKey(_epoch, _first, _next - 1, Activation), OpenAsync, section.Length + length), _startUs));
            _from = -1;

            async Task<Stream?> OpenAsync(CancellationToken token)
            {
                opens();
                var stored = await store.GetAsync(key, new ByteRange(from, length), token) ?? throw new BaseDamagedException(file.File, "is gone");
                return new PrefixedStream(section, stored.Content);
            }
        }

        private static byte[] Section(TrackFileReader reader)
        {
            var header = reader.Section!.Clone();
            header.Format = reader.Format;
            return TrackSection.Encode(header);
        }

        private static (ulong First, ulong Count) RangeOf(TrackFileReader reader) => reader.Header.Kind switch
        {
            BlockKind.Data => (reader.Header.FirstIndex, (ulong)reader.Header.PacketCount),
            BlockKind.Marker when SegmentSalvage.TryParse(reader.Payload.Span, out var marker) && marker?.Skipped is { } skipped =>
                (skipped.FirstIndex, skipped.LastIndex - skipped.FirstIndex + 1),
            _ => (reader.Header.FirstIndex, 0),
        };
    }
}
