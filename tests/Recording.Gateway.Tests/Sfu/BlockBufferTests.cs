using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Spool;
using Recording.Media.TrackFiles;

namespace Recording.Gateway.Tests.Sfu;

public class BlockBufferTests
{
    private static readonly byte[] s_packet = new byte[1200];

    [Fact]
    public void Full_batches_lie_in_a_buffer_and_small_ones_and_markers_do_not()
    {
        Assert.NotNull(Batch(packets: 40).Buffer);
        Assert.Null(Batch(packets: 3).Buffer);

        var builder = new BatchBuilder(5);
        for (int i = 0; i < 3000; i++)
        {
            builder.Mark(1, new Media.TrackFiles.Wire.Marker { TimeUs = i, Pause = new Media.TrackFiles.Wire.Marker.Types.Pause() }, 0);
        }

        Assert.Null(builder.Build().Buffer);
    }

    [Fact]
    public void Memory_that_somebody_may_still_read_is_never_written_again()
    {
        RetainedBatch read = Batch(packets: 40);
        byte[] before = read.Blocks.ToArray();
        read.Buffer!.Hold();
        read.Buffer.LetGo();

        // More than all idle buffers: the released one would be among those that these take.
        RetainedBatch[] others = [.. Enumerable.Range(0, 1100).Select(static i => Batch(packets: 41, first: (ulong)(1000 * (i + 2))))];

        Assert.True(read.Blocks.Span.SequenceEqual(before));
        Assert.All(others, batch => Assert.False(batch.Blocks.Span.Overlaps(read.Blocks.Span)));
    }

    [Fact]
    public void Memory_that_nobody_reads_any_more_is_taken_by_another_batch()
    {
        RetainedBatch first = Batch(packets: 40);
        first.Buffer!.Hold();
        first.Buffer.LetGo();
        first.Buffer.LetGo();

        // Others run beside this test: theirs may be taken first.
        Assert.Contains(Enumerable.Range(0, 3000).Select(static _ => Batch(packets: 40)).ToArray(), batch => batch.Blocks.Span.Overlaps(first.Blocks.Span));
    }

    [Fact]
    public void What_goes_to_the_spool_is_not_written_again_when_it_is_stored_meanwhile()
    {
        var retained = new RetainedBatches(new GatewayMemory(64 << 20));
        RetainedBatch batch = Batch(packets: 40);
        byte[] before = batch.Blocks.ToArray();
        retained.Add(batch);
        SpoolRun run = Assert.Single(retained.RunsToSpool(long.MaxValue, 64 << 10, 1 << 20));

        retained.Release(batch.EndIndex - 1);
        RetainedBatch[] others = [.. Enumerable.Range(0, 1100).Select(static i => Batch(packets: 41, first: (ulong)(1000 * (i + 2))))];

        Assert.True(retained.IsEmpty);
        Assert.True(batch.Blocks.Span.SequenceEqual(before));
        RetainedBatches.LetGo(run);
        Assert.Contains(Enumerable.Range(0, 3000).Select(static _ => Batch(packets: 40)).ToArray(), other => other.Blocks.Span.Overlaps(batch.Blocks.Span));
        GC.KeepAlive(others);
    }

    private static RetainedBatch Batch(int packets, ulong first = 1)
    {
        var builder = new BatchBuilder(5);
        for (int i = 0; i < packets; i++)
        {
            Assert.True(builder.TryAdd(first + (ulong)i, i, s_packet, BlockFlags.None, i));
        }

        return builder.Build();
    }
}
