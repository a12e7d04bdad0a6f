using FsCheck.Xunit;
using Recording.Media.TrackFiles;

namespace Recording.Media.Tests.TrackFiles;

public sealed class SegmentKeyTests
{
    [Fact]
    public void Name_has_fixed_widths_so_that_names_sort_as_segments_do()
    {
        Assert.Equal("00000000000000ff-00000000000000000001-00000000000000000120-a1.rtp", new SegmentKey(255, 1, 120, "a1").FileName);
    }

    [Property]
    public bool Name_survives_writing_and_parsing(ulong epoch, ulong first, ulong more)
    {
        ulong from = Math.Max(1, first);
        var key = new SegmentKey(epoch, from, unchecked(from + more) < from ? from : from + more, "Act_1.x");
        return SegmentKey.TryParse("rooms/r/rec/segments/t/" + key.FileName, out SegmentKey parsed) && parsed == key;
    }

    [Theory]
    [InlineData("")]
    [InlineData("timeline-1.json")]
    [InlineData("00000000000000FF-00000000000000000001-00000000000000000120-a1.rtp")]
    [InlineData("00000000000000ff-00000000000000000000-00000000000000000120-a1.rtp")]
    [InlineData("00000000000000ff-00000000000000000005-00000000000000000003-a1.rtp")]
    [InlineData("00000000000000ff-00000000000000000001-99999999999999999999-a1.rtp")]
    [InlineData("00000000000000ff-00000000000000000001-00000000000000000120-.rtp")]
    [InlineData("00000000000000ff-00000000000000000001-00000000000000000120-a-1.rtp")]
    [InlineData("00000000000000ff-00000000000000000001-00000000000000000120-a1.rtx")]
    [InlineData("00000000000000ff_00000000000000000001-00000000000000000120-a1.rtp")]
    public void Other_names_are_no_segments(string name) => Assert.False(SegmentKey.TryParse(name, out _));

    [Fact]
    public void Order_is_by_epoch_then_index_then_the_longer_one()
    {
        SegmentKey[] ordered =
        [
            new(1, 1, 10, "b"), new(1, 1, 5, "a"), new(1, 6, 5, "z"), new(1, 6, 10, "a"), new(1, 6, 10, "b"), new(2, 1, 3, "a"),
        ];

        Assert.Equal(ordered, ordered.Reverse().Order(SegmentKey.AssemblyOrder));
        Assert.True(ordered[0].Covers(ordered[3]));
        Assert.False(ordered[1].Covers(ordered[3]));
        Assert.False(ordered[0].Covers(ordered[5]));
    }
}
