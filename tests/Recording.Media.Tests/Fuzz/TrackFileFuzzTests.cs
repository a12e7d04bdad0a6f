using Google.Protobuf;
using Recording.Media.Tests.TrackFiles;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Tests.Fuzz;

public sealed class TrackFileFuzzTests
{
    private const int Files = 80_000;
    private const int Sequences = 60_000;
    private const int Payloads = 50_000;
    private const int Assemblies = 10_000;
    private const long AllocationLimit = 512 * 1024;

    [Fact]
    public void Mutated_files_are_read_to_their_end_in_bounded_memory()
    {
        byte[] complete = CompleteFile();
        byte[][] seeds = [complete, TrackBytes.Segment(TrackBytes.Data(1, 3), TrackBytes.Skipped(4, 9), TrackBytes.Data(10, 2)), [.. complete, .. complete]];
        var mutator = new Mutator(1);
        long items = 0;
        for (int i = 0; i < Files; i++)
        {
            byte[] file = mutator.Mutate(seeds[i % seeds.Length]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var reader = new TrackFileReader(new MemoryStream(file));
            long covered = 0;
            while (reader.Read())
            {
                items++;
                covered += reader.Length;
                if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
                {
                    Walk(reader.Payload.Span);
                }
            }

            Assert.Equal(file.Length, covered + reader.DamagedBytes);
            TrackIndexReader.TryRead(new MemoryStream(file))?.OffsetAt(TrackBytes.BaseTimeUs, keyframe: true);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimit);
        }

        Assert.InRange(items, Files, 20L * Files);
    }

    [Fact]
    public void Mutated_blocks_are_walked_and_trimmed_or_refused()
    {
        var mutator = new Mutator(2);
        var random = mutator.Random;
        int valid = 0;
        for (int i = 0; i < Sequences; i++)
        {
            byte[] blocks = i % 2 == 0 ? RandomBlocks(random, 1) : mutator.Mutate(RandomBlocks(random, 1));
            var sequence = new BlockSequence(blocks, TrackBytes.Epoch, 1);
            while (sequence.Read())
            {
            }

            ulong from = (ulong)random.Next(12);
            try
            {
                byte[] trimmed = BlockTrimmer.TrimFront(blocks, TrackBytes.Epoch, 1, from);
                if (sequence.Fault is null)
                {
                    valid++;
                    ulong first = Math.Max(1, from);
                    ulong left = sequence.NextIndex > first ? sequence.NextIndex - first : 0;
                    if (trimmed.Length > 0 && left <= int.MaxValue)
                    {
                        Assert.True(BlockSequence.IsValid(trimmed, TrackBytes.Epoch, first, (int)left, out string? fault), fault);
                    }
                }

                BlockTrimmer.TrimFront(blocks, from);
            }
            catch (RecordingException e)
            {
                Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, e.Code);
            }
        }

        Assert.InRange(valid, Sequences / 20, Sequences - (Sequences / 20));
    }

    [Fact]
    public void Random_payloads_end()
    {
        var mutator = new Mutator(3);
        byte[] block = TrackBytes.Data(1, 4);
        byte[] seed = block[BlockHeader.Size..^BlockHeader.TrailerSize];
        for (int i = 0; i < Payloads; i++)
        {
            Walk(mutator.Mutate(seed));
        }
    }

    [Fact]
    public async Task Mutated_segments_are_assembled_or_refused_with_a_code()
    {
        var mutator = new Mutator(4);
        var random = mutator.Random;
        using var output = new MemoryStream();
        int assembled = 0;
        for (int i = 0; i < Assemblies; i++)
        {
            var segments = new List<SegmentSource>();
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                ulong first = (ulong)random.Next(1, 6);
                byte[] blocks = RandomBlocks(random, first);
                byte[] segment = TrackBytes.Segment(random.Next(5) == 0 ? mutator.Mutate(blocks) : blocks);
                segments.Add(new SegmentSource(
                    new SegmentKey(TrackBytes.Epoch, first, LastOf(blocks, first), $"a{n}"),
                    _ => Task.FromResult<Stream?>(new MemoryStream(segment))));
            }

            output.SetLength(0);
            try
            {
                AssemblyResult result = await TrackAssembler.AssembleAsync(segments, output);
                assembled++;
                CheckFile(output.ToArray(), result);
            }
            catch (RecordingException e)
            {
                Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, e.Code);
            }
        }

        Assert.InRange(assembled, Assemblies / 20, Assemblies - (Assemblies / 20));
    }

    // Whatever went in, what comes out is sound and holds each index once, in order.
    private static void CheckFile(byte[] file, AssemblyResult result)
    {
        var reader = new TrackFileReader(new MemoryStream(file));
        ulong next = 0;
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header is { Kind: BlockKind.Data, PacketCount: > 0 } header)
            {
                Assert.True(header.FirstIndex >= next);
                next = header.EndIndex;
            }
        }

        Assert.Equal(0, reader.DamageCount);
        Assert.Equal(file.Length, result.Size);
        Assert.NotNull(TrackIndexReader.TryRead(new MemoryStream(file)));
    }

    private static void Walk(ReadOnlySpan<byte> payload)
    {
        var entries = new DataPayloadReader(payload, 0);
        int count = 0;
        while (entries.Read())
        {
            count++;
        }

        Assert.InRange(count, 0, payload.Length);
    }

    private static ulong LastOf(byte[] blocks, ulong first)
    {
        var sequence = new BlockSequence(blocks, TrackBytes.Epoch, first);
        while (sequence.Read())
        {
        }

        return sequence.NextIndex - 1;
    }

    // Blocks with sound checksums whose contents may still be nonsense: what a checksum cannot keep out.
    private static byte[] RandomBlocks(Random random, ulong first)
    {
        var blocks = new List<byte>();
        ulong next = first;
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            ulong at = random.Next(40) == 0 ? Wild(random) : next;
            switch (random.Next(6))
            {
                case 0:
                    ulong last = random.Next(20) == 0 ? Wild(random) : at + (ulong)random.Next(3);
                    blocks.AddRange(TrackBytes.Skipped(at, last));
                    next = unchecked(last + 1);
                    break;
                case 1:
                    blocks.AddRange(TrackBytes.Mark(WildMarker(random), at));
                    break;
                case 2 when random.Next(6) == 0:
                    byte[] noise = new byte[random.Next(40)];
                    random.NextBytes(noise);
                    blocks.AddRange(TrackBytes.Frame((BlockKind)random.Next(8), noise, at, random.Next(4)));
                    break;
                case 3:
                    blocks.AddRange(TrackBytes.Format(TrackBytes.Vp8((uint)random.Next()), at));
                    break;
                default:
                    int count = random.Next(1, 4);
                    blocks.AddRange(DataOf(random, next, count));
                    next += (ulong)count;
                    break;
            }
        }

        return [.. blocks];
    }

    private static byte[] DataOf(Random random, ulong first, int count)
    {
        var writer = new DataPayloadWriter();
        for (int i = 0; i < count; i++)
        {
            byte[] packet = new byte[random.Next(30)];
            random.NextBytes(packet);
            writer.TryAdd(random.Next(10) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : TrackBytes.BaseTimeUs + random.Next(), packet);
        }

        return TrackBytes.Frame(BlockKind.Data, writer.Payload, first, count, baseTimeUs: writer.BaseTimeUs);
    }

    private static Marker WildMarker(Random random) => random.Next(4) switch
    {
        0 => new Marker { Gap = new Marker.Types.Gap { FirstIndex = Wild(random), LastIndex = Wild(random), Reason = "x" } },
        1 => new Marker { Pause = new Marker.Types.Pause { By = "y" }, TimeUs = random.NextInt64() },
        2 => new Marker { Resume = new Marker.Types.Resume { By = "y" } },
        _ => new Marker { Clock = new Marker.Types.Clock { OffsetUs = long.MinValue } },
    };

    private static ulong Wild(Random random) => random.Next(3) switch
    {
        0 => (ulong)random.Next(10),
        1 => ulong.MaxValue - (ulong)random.Next(3),
        _ => (ulong)random.NextInt64(),
    };

    private static byte[] CompleteFile()
    {
        using var output = new MemoryStream();
        byte[] segment = TrackBytes.Segment(TrackBytes.Data(1, 3), TrackBytes.Format(TrackBytes.Vp8(), 4), TrackBytes.Data(4, 2));
        var source = new SegmentSource(new SegmentKey(TrackBytes.Epoch, 1, 5, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(segment)));
        TrackAssembler.AssembleAsync([source], output).GetAwaiter().GetResult();
        return output.ToArray();
    }
}
