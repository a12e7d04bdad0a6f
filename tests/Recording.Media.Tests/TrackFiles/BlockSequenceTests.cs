using FsCheck.Xunit;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Tests.TrackFiles;

public sealed class BlockSequenceTests
{
    [Fact]
    public void Contiguous_blocks_with_skipped_runs_are_valid()
    {
        byte[] blocks = TrackBytes.File(
            TrackBytes.Mark(new Marker { Pause = new Marker.Types.Pause { By = "producer" } }, 5),
            TrackBytes.Data(5, 3),
            TrackBytes.Skipped(8, 1007),
            TrackBytes.Format(TrackBytes.Vp8(), 1008),
            TrackBytes.Data(1008, 2));

        Assert.True(BlockSequence.IsValid(blocks, TrackBytes.Epoch, 5, 1005, out string? fault), fault);
        Assert.False(BlockSequence.IsValid(blocks, TrackBytes.Epoch, 5, 1004, out _));
        Assert.False(BlockSequence.IsValid(blocks, TrackBytes.Epoch + 1, 5, 1005, out _));
        Assert.False(BlockSequence.IsValid(blocks, TrackBytes.Epoch, 4, 1005, out _));
    }

    [Fact]
    public void Nothing_is_valid_for_count_0_only()
    {
        Assert.True(BlockSequence.IsValid([], 1, 1, 0, out _));
        Assert.False(BlockSequence.IsValid([], 1, 1, 1, out _));
        Assert.False(BlockSequence.IsValid([], 1, 1, -1, out _));
    }

    public static TheoryData<byte[]> Bad => new()
    {
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Data(4, 1)),
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Data(2, 1)),
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Skipped(4, 5)),
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Skipped(3, 2)),
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Skipped(3, ulong.MaxValue)),
        TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Data(3, 1, epoch: 9)),
        TrackBytes.File(TrackBytes.Data(1, 2), [1, 2, 3]),
        TrackBytes.Data(1, 2)[..^1],
        TrackBytes.Frame(BlockKind.Data, [0, 9, 1], 1, 1),
        TrackBytes.Frame(BlockKind.Data, [0, 1, 1], 1, 2),
        TrackBytes.Frame(BlockKind.Marker, [0xff, 0xff], 1),
        TrackBytes.Frame(BlockKind.Index, [], 1),
        TrackBytes.Segment(TrackBytes.Data(1, 1)),
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Holes_overlaps_and_damage_are_named(byte[] blocks)
    {
        var sequence = new BlockSequence(blocks, TrackBytes.Epoch, 1);
        while (sequence.Read())
        {
        }

        Assert.NotNull(sequence.Fault);
    }

    [Property]
    public bool Trimming_keeps_exactly_the_entries_from_the_index_on(byte blockCount, byte perBlock, ushort from)
    {
        byte[] blocks = [];
        ulong next = 10;
        for (int i = 0; i < (blockCount % 4) + 1; i++)
        {
            int count = (perBlock % 7) + 1;
            blocks = [.. blocks, .. TrackBytes.Data(next, count)];
            next += (ulong)count;
            if (i % 2 == 1)
            {
                blocks = [.. blocks, .. TrackBytes.Skipped(next, next + 3)];
                next += 4;
            }
        }

        ulong fromIndex = 5 + ((ulong)from % (next - 3));
        byte[] trimmed = BlockTrimmer.TrimFront(blocks, fromIndex);
        ulong first = Math.Max(fromIndex, 10);
        return first >= next
            ? trimmed.Length == 0
            : BlockSequence.IsValid(trimmed, TrackBytes.Epoch, first, (int)(next - first), out _)
                && TrackBytes.Entries(trimmed).SequenceEqual(TrackBytes.Entries(blocks).Where(entry => entry.Index >= first));
    }

    [Fact]
    public void Markers_and_formats_before_the_index_go_and_those_at_it_stay()
    {
        byte[] kept = TrackBytes.File(
            TrackBytes.Mark(new Marker { Resume = new Marker.Types.Resume() }, 4),
            TrackBytes.Data(4, 1));
        byte[] blocks = TrackBytes.File(
            TrackBytes.Mark(new Marker { Pause = new Marker.Types.Pause() }, 1),
            TrackBytes.Data(1, 3),
            kept);

        Assert.Equal(kept, BlockTrimmer.TrimFront(blocks, 4));
        Assert.Equal(blocks, BlockTrimmer.TrimFront(blocks, 1));
    }

    [Fact]
    public void Damaged_blocks_are_not_trimmed()
    {
        byte[] blocks = TrackBytes.Data(1, 3);
        blocks[60] ^= 1;

        RecordingException e = Assert.Throws<RecordingException>(() => BlockTrimmer.TrimFront(blocks, 2));
        Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, e.Code);
    }
}
