using System.Globalization;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>The recorded clock of a recording of days, as it is seen.</summary>
public sealed class LongClockTests : IDisposable
{
    private const int Width = 320;
    private const int Height = 180;
    private const int Rate = 3;
    private const int From = 86_398;
    private const int Resumed = 359_998;
    private const int To = 360_002;

    // A pause of three days, from 24:00:01 and a third of a second on to a third of a second behind 99:59:58.
    private const long Third = 333_333;
    private const int CutFrame = ((86_401 - From) * Rate) + 1;
    private const int Frames = CutFrame + ((To - Resumed) * Rate) - 1;
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_recorded_clock_counts_on_behind_a_day_and_behind_a_hundred_hours()
    {
        RecordedTimeline days = Rooms.Of(To + 3600) with { Pauses = [new TimeInterval((86_401 * Rooms.Second) + Third, (Resumed * Rooms.Second) + Third)] };
        CompositionSettings settings = CompositionSettings.Default with { Width = Width, Height = Height, FrameRate = Rate, FromSeconds = From, ToSeconds = To, Clock = "recorded" };
        var options = new RenderOptions { Preset = "ultrafast", Quality = 1 };
        CompositionPlan plan = CompositionPlan.Create(days, settings, options);
        var renderer = new CompositeRenderer(Tools.Run, await Tools.ProbeAsync(), options);
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            await renderer.RenderChunkAsync(plan, chunk, new Dictionary<string, TrackPictures>(StringComparer.Ordinal), _scratch.Directory);
        }

        // The mix would begin with four days of silence.
        FileInfo audio = _scratch.File("audio.m4a");
        await Tools.Run.RunAsync(["-f", "lavfi", "-i", $"anullsrc=d={Frames / Rate}", .. PieceEncoder.Audio(settings.Output, options), "-y", audio.FullName], _scratch.Directory);
        FileInfo output = _scratch.File("film.mp4");
        await renderer.JoinAsync(plan, _scratch.Directory, audio, output);
        Decoded film = await Decoded.ReadAsync(output, Width, Height, Rate);
        string[] times = [.. Enumerable.Range(0, Frames).Select(TimeOf)];
        string[] wrapped = ["00:00:00", "00:00:01", "03:59:58", "03:59:59", "04:00:00", "04:00:01", "04:00:02"];
        DrawnText texts = await DrawnText.OfAsync(10, [.. times.Distinct(StringComparer.Ordinal), .. wrapped]);
        Assert.Equal(times.Index(), Enumerable.Range(0, film.Frames).Select(frame => (frame, texts.Read(film, frame, new PixelRect(160, 6, 154, 20)))));
        Assert.Equal(("23:59:58", "24:00:00", "24:00:01", "99:59:58", "99:59:59", "100:00:01"), (times[0], times[6], times[CutFrame - 1], times[CutFrame], times[CutFrame + 2], times[^1]));
    }

    // In thirds of a second: a frame behind the cut is one third later than the last whole second.
    private static string TimeOf(int frame)
    {
        int thirds = frame < CutFrame ? (From * Rate) + frame : (Resumed * Rate) + 1 + frame - CutFrame;
        int seconds = thirds / Rate;
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}");
    }
}
