using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.EndToEnd.Media;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Timeline;
using Recording.Protocol.Control;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>A room with participants who join and leave at different times becomes one film.</summary>
public sealed class CompositeTests
{
    private const int FrameRate = 30;
    private const double MaxOffset = 0.040;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 150)]
    public async Task A_composite_lasts_as_long_as_the_recording_and_keeps_lips_and_voices_together(bool planOnly, double skewPpm)
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        SimulationPlan plan = SimulationPlan.Create(new RoomShape
        {
            Peers = 3,
            Duration = TimeSpan.FromSeconds(14),
            JoinInterval = TimeSpan.FromMilliseconds(1370),
            LeaveBeforeEnd = TimeSpan.FromSeconds(3),
            AutoRecord = true,
            SkewPpm = skewPpm,
        });
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { PlanOnly = planOnly });
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        Assert.Equal("completed", recording.Status);

        string film = await ComposeAsync(deployment, recording);
        double recorded = (recording.EndedAtUs - recording.StartedAtUs) / 1e6;
        byte[] whole = await DecodedPicture.BrightnessAsync(film, new PixelRect(0, 0, 640, 360));
        float[] samples = await DecodedPicture.SamplesAsync(film);
        Assert.InRange((double)whole.Length / FrameRate, recorded - 0.1, recorded + 0.1);
        Assert.InRange((double)samples.Length / DecodedPicture.SampleRate, recorded - 0.1, recorded + 0.1);

        IReadOnlyList<Scene> scenes = Scenes(deployment, recording);
        foreach (PlannedPeer peer in plan.Rooms[0].Peers)
        {
            await CheckParticipantAsync(film, samples, scenes, peer, plan);
        }
    }

    private static async Task CheckParticipantAsync(string film, float[] samples, IReadOnlyList<Scene> scenes, PlannedPeer peer, SimulationPlan plan)
    {
        int number = int.Parse(peer.PeerId["peer-".Length..]) - 1;
        List<double> beeps = LipSync.Beeps(samples, MediaPalette.Pitch(number));
        var offsets = new List<double>();
        double shownFrom = double.MaxValue;
        double shownTo = 0;
        foreach (Scene scene in scenes)
        {
            if (scene.Regions.FirstOrDefault(region => region.ParticipantId == peer.PeerId && region.TrackId is not null) is not { } region)
            {
                continue;
            }

            shownFrom = Math.Min(shownFrom, (double)scene.FirstFrame / FrameRate);
            shownTo = Math.Max(shownTo, (double)scene.EndFrame / FrameRate);
            PixelRect middle = Middle(region.Rect);
            byte[] brightness = await DecodedPicture.BrightnessAsync(film, middle);
            List<double> flashes = [.. LipSync.Flashes(brightness, FrameRate).Where(time => time > ((double)scene.FirstFrame / FrameRate) + 0.2 && time < ((double)scene.EndFrame / FrameRate) - 0.3)];
            offsets.AddRange(LipSync.Offsets(flashes, beeps));
        }

        TimeSpan end = peer.Leave ?? plan.Rooms[0].Duration;
        Assert.InRange(shownTo - shownFrom, (end - peer.Join).TotalSeconds - 1.5, (end - peer.Join).TotalSeconds + 1.0);
        Assert.True(offsets.Count >= 5, $"{peer.PeerId}: only {offsets.Count} flashes with a beep, beeps at {string.Join(' ', beeps.Select(static beep => $"{beep:0.00}"))}");
        Assert.All(offsets, offset => Assert.True(Math.Abs(offset) <= MaxOffset, $"{peer.PeerId}: beep {offset * 1000:0} ms from its flash ({string.Join(' ', offsets.Select(static o => $"{o * 1000:0}"))})"));
    }

    // The pattern in the middle is bright enough of its own to hide nothing: a flash whitens all of it.
    private static PixelRect Middle(PixelRect rect) => new(rect.X + (rect.Width / 4), rect.Y + (rect.Height / 4), rect.Width / 2, rect.Height / 2);

    private static async Task<string> ComposeAsync(Deployment deployment, Wire.Recording recording)
    {
        Job job = await deployment.Control.ComposeRecordingAsync(new ComposeRecordingRequest { RecordingId = recording.RecordingId, Width = 640, Height = 360, FrameRate = FrameRate });
        await Eventually.HoldsAsync("the composite is rendered", Patience, async () =>
        {
            job = await deployment.Control.GetJobAsync(new GetJobRequest { JobId = job.JobId });
            Assert.False(job.Status is "failed" or "cancelled", $"{job.Status}: {job.Error?.Message}\n{deployment.Logs()}");
            return job.Status == "completed";
        });
        Output output = Assert.Single(job.Outputs, static output => output.Kind == "composite");
        return Path.Combine(deployment.DataDirectory, recording.Prefix, output.File);
    }

    private static IReadOnlyList<Scene> Scenes(Deployment deployment, Wire.Recording recording)
    {
        string prefix = Path.Combine(deployment.DataDirectory, recording.Prefix);
        MetadataDocument metadata = RecordingDocument.ReadMetadata(File.ReadAllBytes(Path.Combine(prefix, "metadata.json")));
        TimelineDocument timeline = RecordingDocument.ReadTimeline(File.ReadAllBytes(Path.Combine(prefix, "timeline.json")));
        return SceneTimeline.Build(RecordedTimelineReader.Read(metadata, timeline), new GridLayout(), new Canvas(640, 360, FrameRate));
    }
}
