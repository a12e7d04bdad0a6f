using Recording.Media.TrackFiles;

namespace Recording.Media.Tests.TrackFiles;

public sealed class TrackFileRepairTests
{
    private static readonly byte[] _segment = TrackBytes.Segment(TrackBytes.Data(1, 5), TrackBytes.Data(6, 5), TrackBytes.Data(11, 5));

    [Fact]
    public async Task Sound_file_is_made_again_byte_for_byte()
    {
        byte[] complete = await CompleteAsync();

        (byte[] file, RepairResult result) = await RepairAsync(complete);

        Assert.Equal(complete, file);
        Assert.Empty(result.Damage);
        Assert.False(result.HeaderReplaced);
    }

    [Fact]
    public async Task File_cut_anywhere_is_complete_again_up_to_the_cut()
    {
        byte[] complete = await CompleteAsync();
        for (int length = 0; length < complete.Length; length += 3)
        {
            (byte[] file, RepairResult result) = await RepairAsync(complete[..length]);

            (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(file);
            Assert.Empty(reader.Damage);
            Assert.Equal("F", items[^1]);
            Assert.NotNull(TrackIndexReader.TryRead(new MemoryStream(file)));
            Assert.Equal(result.File.Packets, 5 * items.Count(item => item[0] == 'D'));
        }
    }

    [Fact]
    public async Task Block_with_a_flipped_bit_becomes_a_gap_with_its_place()
    {
        byte[] complete = await CompleteAsync();
        int second = complete.AsSpan(0, complete.Length).LastIndexOf(TrackBytes.Data(6, 5));
        complete[second + 80] ^= 1;

        (byte[] file, RepairResult result) = await RepairAsync(complete);

        Assert.Equal(["S", "D1", "M6", "D11", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal((6ul, 10ul, "damaged"), (result.File.Gaps[0].FirstIndex, result.File.Gaps[0].LastIndex, result.File.Gaps[0].Reason));
        Assert.Equal((long)second, Assert.Single(result.Damage).Offset);
        Assert.Equal(10, result.File.Packets);
    }

    [Fact]
    public async Task Header_that_is_gone_is_replaced()
    {
        byte[] broken = [.. _segment];
        broken[9] ^= 0xff;

        (byte[] file, RepairResult result) = await RepairAsync(broken);

        Assert.True(result.HeaderReplaced);
        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(file);
        Assert.Equal(["S", "D1", "D6", "D11", "I0", "F"], items);
        Assert.Equal("alice-audio", reader.Section!.TrackId);
    }

    private static async Task<byte[]> CompleteAsync()
    {
        using var output = new MemoryStream();
        var source = new SegmentSource(new SegmentKey(TrackBytes.Epoch, 1, 15, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(_segment)));
        await TrackAssembler.AssembleAsync([source], output);
        return output.ToArray();
    }

    private static async Task<(byte[] File, RepairResult Result)> RepairAsync(byte[] damaged)
    {
        using var output = new MemoryStream();
        RepairResult result = await TrackFileRepair.RepairAsync(new OneByteStream(damaged, 500), output, TrackBytes.Header());
        return (output.ToArray(), result);
    }
}
