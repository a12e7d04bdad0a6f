using System.Runtime.InteropServices;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Thousands of pauses and mutes in one recording: every sample of the output is the one it should be.</summary>
public sealed class ManyCutsTests(ManyCutsTests.CountedTrack track) : IClassFixture<ManyCutsTests.CountedTrack>
{
    private const int Seconds = 60;
    private const int Rate = AudioGraph.SampleRate;

    // The kernel's limit for one argument.
    private const int LongestArgument = 128 * 1024;
    [Fact]
    public async Task Two_thousand_pauses_and_as_many_mutes_are_cut_at_the_sample()
    {
        TimeInterval[] pauses = [.. Enumerable.Range(0, 2000).Select(i => new TimeInterval((i * 30_000) + 9_001, (i * 30_000) + 15_000 + (i % 13 * 77)))];
        TimeInterval[] mutes = [.. Enumerable.Range(0, 2000).Select(i => new TimeInterval((i * 28_000) + 2_003, (i * 28_000) + 5_000 + (i % 17 * 31)))];
        int[] output = await RenderAsync(pauses, mutes, out CompositionPlan plan);
        Assert.True(AudioGraph.Filter([Source(mutes)], plan.Spans, plan.DurationUs).Length > LongestArgument);

        List<int> expected = [];
        foreach (KeptSpan span in plan.Spans)
        {
            long first = Sample(span.Source.StartUs);
            for (long i = first; i < first + Sample(span.OutputEndUs) - Sample(span.OutputUs); i++)
            {
                expected.Add((int)i);
            }
        }

        bool[] muted = new bool[(Seconds + 1) * Rate];
        foreach (TimeInterval mute in mutes)
        {
            Array.Fill(muted, true, (int)Sample(mute.StartUs), (int)(Sample(mute.EndUs) - Sample(mute.StartUs)));
        }

        Assert.Equal(expected.Count, output.Length);
        int[] wrong = [.. Enumerable.Range(0, output.Length).Where(i => output[i] != (muted[expected[i]] ? 0 : Value(expected[i])))];
        Assert.True(wrong.Length == 0, $"{wrong.Length} samples are not what they should be, the first is {wrong.FirstOrDefault()}");
    }

    [Theory]
    [InlineData(0, 2_000_000, 2_500_000, 0, 100_000)]
    [InlineData(0, 1_000_000, 60_000_000, 500_000, 90_000_000)]
    [InlineData(59_999_000, 0, 0, 59_000_000, 59_999_500)]
    public async Task A_pause_at_either_end_and_a_mute_beyond_the_end_are_no_trouble(long firstEnd, long pause, long resume, long mute, long unmute)
    {
        int[] output = await RenderAsync([new TimeInterval(0, firstEnd), new TimeInterval(pause, resume)], [new TimeInterval(mute, unmute)], out CompositionPlan plan);
        Assert.Equal(Sample(plan.DurationUs), output.Length);
        int at = (int)Sample(firstEnd);
        Assert.Equal(at >= Sample(mute) && at < Sample(unmute) ? 0 : Value(at), output[0]);
        long last = Sample(plan.Spans[^1].Source.EndUs) - 1;
        Assert.Equal(last >= Sample(mute) && last < Sample(unmute) ? 0 : Value((int)last), output[^1]);
    }

    private Task<int[]> RenderAsync(IReadOnlyList<TimeInterval> pauses, IReadOnlyList<TimeInterval> mutes, out CompositionPlan plan)
    {
        RecordedTimeline room = Rooms.Of(Seconds, ("alice", 0, Seconds)) with { Pauses = TimeInterval.Union(pauses, new TimeInterval(0, long.MaxValue)) };
        plan = CompositionPlan.Create(room, CompositionSettings.Default with { Format = "wav" }, new RenderOptions());
        return RenderAsync(plan, mutes);
    }

    private async Task<int[]> RenderAsync(CompositionPlan plan, IReadOnlyList<TimeInterval> mutes)
    {
        var renderer = new CompositeRenderer(Tools.Run, await Tools.ProbeAsync(), new RenderOptions());
        FileInfo wav = await renderer.RenderAudioAsync(plan, [Source(mutes)], track.Scratch.File("out.wav"));
        Assert.False(track.Scratch.File("out.wav.graph").Exists);
        await Tools.Run.RunAsync(["-i", "out.wav", "-f", "s16le", "-y", "out.s16"], track.Scratch.Directory);
        return [.. MemoryMarshal.Cast<byte, short>(await File.ReadAllBytesAsync(track.Scratch.File("out.s16").FullName)).ToArray().Select(sample => (int)sample)];
    }

    private AudioSource Source(IReadOnlyList<TimeInterval> mutes) => new("alice-audio", [new AudioSection(track.Scratch.File("count.mkv"), 0)], mutes);

    // Never 0, which is what a mute makes of it.
    private static int Value(int sample) => (sample % 20_011) - 10_005 is var value && value >= 0 ? value + 1 : value;

    private static long Sample(long microseconds) => (long)Math.Round(microseconds * (Rate / 1e6));

    /// <summary>A track in which every sample tells its number.</summary>
    public sealed class CountedTrack : IAsyncLifetime
    {
        public ScratchDirectory Scratch { get; } = ScratchDirectory.Create();

        public async Task InitializeAsync()
        {
            short[] samples = [.. Enumerable.Range(0, Seconds * Rate).SelectMany(i => new[] { (short)Value(i), (short)Value(i) })];
            await File.WriteAllBytesAsync(Scratch.File("count.s16").FullName, MemoryMarshal.AsBytes(samples.AsSpan()).ToArray());
            await Tools.Run.RunAsync(["-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "count.s16", "-c:a", "pcm_s16le", "-f", "matroska", "-y", "count.mkv"], Scratch.Directory);
        }

        public Task DisposeAsync()
        {
            Scratch.Dispose();
            return Task.CompletedTask;
        }
    }
}
