using Microsoft.Extensions.Time.Testing;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Ffmpeg;

public sealed class FfmpegRunTests : IDisposable
{
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_probe_knows_version_and_encoders()
    {
        FfmpegProbe probe = await Tools.ProbeAsync();
        Assert.Matches("^[0-9nN]", probe.Version);
        Assert.Contains("libx264", probe.Encoders);
        Assert.Contains("aac", probe.Encoders);
        Assert.DoesNotContain("=", probe.Encoders);
    }

    [Theory]
    [InlineData("-filter_complex_script filename  read complex filtergraph description from a file", "-filter_complex_script")]
    [InlineData("-filter_complex_script <filename>  deprecated, use -/filter_complex instead", "-/filter_complex")]
    [InlineData("-filter_complex <graph_description>  create a complex filtergraph", "-/filter_complex")]
    public async Task The_probe_knows_how_this_FFmpeg_takes_a_graph_from_a_file(string help, string option)
    {
        string script = await ScriptAsync($"echo '{help}'");
        Assert.Equal(option, (await FfmpegProbe.RunAsync(new FfmpegOptions { FfmpegPath = script }, TimeProvider.System)).GraphFileOption);
    }

    [Fact]
    public async Task Progress_rises_to_the_whole()
    {
        List<double> seen = [];
        await Tools.Run.RunAsync(
            ["-f", "lavfi", "-i", "testsrc=s=320x240:r=30:d=5", "-c:v", "libx264", "-preset", "ultrafast", "-y", "out.mp4"],
            _scratch.Directory,
            TimeSpan.FromSeconds(5),
            new DirectProgress<FfmpegProgress>(progress => seen.Add(progress.Fraction)));
        Assert.Equal(1, seen[^1]);
        Assert.Equal(seen.Order(), seen);
    }

    [Fact]
    public async Task A_failure_carries_the_last_lines_of_stderr()
    {
        var error = await Assert.ThrowsAsync<RecordingException>(() => Tools.Run.RunAsync(["-i", "no such file.mkv", "-f", "null", "-"], _scratch.Directory));
        Assert.Equal(RecordingErrorCode.FinalizationFailed, error.Code);
        var tool = Assert.IsType<ToolFailureException>(error.InnerException);
        Assert.Contains("no such file.mkv", tool.Log, StringComparison.Ordinal);
        Assert.NotEqual(0, tool.ExitCode);
    }

    [Fact]
    public async Task A_tool_that_is_not_there_is_named()
    {
        foreach (int niceness in new[] { 0, 10 })
        {
            var run = new FfmpegRun(new FfmpegOptions { FfmpegPath = "no-such-ffmpeg", Niceness = niceness }, TimeProvider.System);
            var error = await Assert.ThrowsAsync<RecordingException>(() => run.RunAsync(["-version"], _scratch.Directory));
            Assert.Equal(RecordingErrorCode.NotFound, error.Code);
            Assert.Contains("no-such-ffmpeg", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Cancel_kills_a_run_and_its_children()
    {
        // A shell in between: the tool is a child of the process that was started.
        string script = await ScriptAsync("echo started >> log; ffmpeg -nostdin -loglevel error -re -f lavfi -i testsrc=s=32x32:r=5 -f null - & echo $! > pid; echo progress=continue; wait");
        var run = new FfmpegRun(new FfmpegOptions { FfmpegPath = script, Niceness = 10 }, TimeProvider.System);
        var started = new TaskCompletionSource();
        using var cancel = new CancellationTokenSource();
        Task running = run.RunAsync([], _scratch.Directory, TimeSpan.FromSeconds(1), new DirectProgress<FfmpegProgress>(_ => started.TrySetResult()), cancel.Token);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        int child = int.Parse(await File.ReadAllTextAsync(_scratch.File("pid").FullName));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Eventually(() => !IsAlive(child));
    }

    [Fact]
    public async Task Silence_kills_a_run_and_says_so()
    {
        string script = await ScriptAsync("echo $$ > pid; echo last words >&2; echo progress=continue; exec sleep 600");
        var time = new FakeTimeProvider();
        var run = new FfmpegRun(new FfmpegOptions { FfmpegPath = script, SilenceLimit = TimeSpan.FromSeconds(60), Niceness = 0 }, time);
        var started = new TaskCompletionSource();
        Task running = run.RunAsync([], _scratch.Directory, default, new DirectProgress<FfmpegProgress>(_ => started.TrySetResult()));
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(running.IsCompleted);
        int child = int.Parse(await File.ReadAllTextAsync(_scratch.File("pid").FullName));
        await Eventually(() => File.ReadAllText($"/proc/{child}/stat").Contains("(sleep) S ", StringComparison.Ordinal));
        time.Advance(TimeSpan.FromSeconds(61));
        var error = await Assert.ThrowsAsync<RecordingException>(() => running.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("said nothing for 60 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("last words", Assert.IsType<ToolFailureException>(error.InnerException).Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_reads_without_a_word_is_left_alone_until_it_hangs()
    {
        string script = await ScriptAsync("for i in 1 2 3 4 5 6 7 8 9 10; do head -c 1000 /dev/zero > /dev/null; sleep 0.2; done; echo > read; exec sleep 600");
        var run = new FfmpegRun(new FfmpegOptions { FfmpegPath = script, SilenceLimit = TimeSpan.FromSeconds(1), Niceness = 0 }, TimeProvider.System);
        var error = await Assert.ThrowsAsync<RecordingException>(() => run.RunAsync([], _scratch.Directory).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("said nothing for 1 s", error.Message, StringComparison.Ordinal);
        Assert.True(_scratch.File("read").Exists);
    }

    [Fact]
    public void Whoever_computes_without_a_word_is_alive_for_ten_limits_and_a_thread_that_wakes_up_is_no_sign()
    {
        var time = new FakeTimeProvider();
        Assert.Equal(650, SecondsUntilKilled(time, look => new ToolActivity(500, 1000 * look)));
        Assert.Equal(60, SecondsUntilKilled(time, look => new ToolActivity(500, look)));
        Assert.Equal(60, SecondsUntilKilled(time, _ => null));
        Assert.Equal(3600, SecondsUntilKilled(time, look => new ToolActivity(500 * look, 0)));
    }

    [Fact]
    public void Only_the_last_fifty_lines_are_kept()
    {
        var tail = new StderrTail();
        for (int i = 0; i < 120; i++)
        {
            tail.Add($"line {i}");
        }

        string[] lines = tail.ToString().Split('\n');
        Assert.Equal(50, lines.Length);
        Assert.Equal("line 70", lines[0]);
        Assert.Equal("line 119", tail.LastLine);
    }

    [Fact]
    public void Time_left_comes_from_time_used()
    {
        var parser = new ProgressParser(TimeSpan.FromSeconds(10));
        Assert.False(parser.Feed("out_time_us=N/A", TimeSpan.Zero, out _));
        Assert.True(parser.Feed("progress=continue", TimeSpan.FromSeconds(1), out FfmpegProgress report));
        Assert.Null(report.TimeLeft);
        Assert.False(parser.Feed("out_time_us=2500000", TimeSpan.FromSeconds(5), out _));
        Assert.True(parser.Feed("progress=continue", TimeSpan.FromSeconds(5), out report));
        Assert.Equal(0.25, report.Fraction);
        Assert.Equal(TimeSpan.FromSeconds(15), report.TimeLeft);
    }

    [Fact]
    public async Task Probe_and_decode_see_a_damaged_file()
    {
        FileInfo file = _scratch.File("damaged.mp4");
        await File.WriteAllBytesAsync(file.FullName, new byte[1000]);
        await Assert.ThrowsAsync<RecordingException>(() => FfprobeReport.ReadAsync(Tools.Run, file));
    }

    [Fact]
    public void A_scratch_directory_is_removed_with_all_that_is_in_it()
    {
        DirectoryInfo directory;
        using (ScratchDirectory scratch = ScratchDirectory.Create())
        {
            directory = scratch.Directory;
            directory.CreateSubdirectory("a/b");
            File.WriteAllText(scratch.File("a/b/c").FullName, "x");
        }

        directory.Refresh();
        Assert.False(directory.Exists);
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_when_it_is_old_and_nothing_else()
    {
        DirectoryInfo foreign = _scratch.Directory.CreateSubdirectory("somebody-else");
        using ScratchDirectory young = ScratchDirectory.Create(_scratch.Directory.FullName);
        ScratchDirectory.RemoveAbandoned(_scratch.Directory.FullName, TimeSpan.FromDays(1), TimeProvider.System);
        young.Directory.Refresh();
        Assert.True(young.Directory.Exists);
        var tomorrow = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(2));
        ScratchDirectory.RemoveAbandoned(_scratch.Directory.FullName, TimeSpan.FromDays(1), tomorrow);
        young.Directory.Refresh();
        foreign.Refresh();
        Assert.False(young.Directory.Exists);
        Assert.True(foreign.Exists);
    }

    private static int SecondsUntilKilled(FakeTimeProvider time, Func<int, ToolActivity?> activity)
    {
        var watch = new SilenceWatch(TimeSpan.FromSeconds(60), time);
        for (int look = 1; look < 360; look++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            if (watch.Hangs(activity(look)))
            {
                return look * 10;
            }
        }

        return 3600;
    }

    private static bool IsAlive(int process) => Directory.Exists($"/proc/{process}") && !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static async Task Eventually(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private async Task<string> ScriptAsync(string commands)
    {
        FileInfo script = _scratch.File("tool.sh");
        await File.WriteAllTextAsync(script.FullName, "#!/bin/sh\n" + commands + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return script.FullName;
    }
}
