using System.Text;
using System.Text.Json;
using NJsonSchema;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Transcript;
using Recording.TestInfrastructure;

namespace Recording.PostProcessing.Tests.Transcript;

/// <summary>Transcripts from stored tracks to captions.</summary>
public sealed class TranscriptTasksTests : IDisposable
{
    private static readonly string[] _sentences = ["good morning", "the meeting is open", "please mute your microphone", "seven eight nine"];
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private DirectoryInfo Recording => _scratch.Directory.CreateSubdirectory("recording");

    private DirectoryInfo Made => _scratch.Directory.CreateSubdirectory("made");

    public void Dispose()
    {
        _client.Dispose();
        _scratch.Dispose();
    }

    [RecogniserFact]
    public async Task What_two_people_said_is_heard_by_a_real_recogniser_and_merged_with_their_names_and_times()
    {
        var recording = new TestRecording(Recording, 14);
        await recording.AddSoundAsync("alice", await SpeechAsync("alice", (1, "good morning. the meeting is open"), (9, "seven eight nine")), 0.5, 13);
        await recording.AddSoundAsync("bob", await SpeechAsync("bob", (3, "please mute your microphone")), 2, 8);
        recording.SetPresence("alice", 0, 14, "Alice");
        recording.SetPresence("bob", 2, 10, "Bob <O'Neil> & co");
        await recording.WriteDocumentsAsync();
        int asked = 0;
        await using var server = new TranscriptionServer(async (request, response) =>
        {
            // The first answer is lost: asked again, nothing is.
            bool isFirst = Interlocked.Increment(ref asked) == 1;
            await TranscriptionServer.SayAsync(response, isFirst ? 500 : 200, isFirst ? "busy" : await RealRecogniser.HearAsync(request.File, _sentences));
        });

        IReadOnlyList<PublishedFile> published = await RunAsync(server.Url);
        Assert.Equal([TranscriptTasks.JsonFile, TranscriptTasks.VttFile], published.Select(file => file.File), StringComparer.Ordinal);
        string json = await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.JsonFile));
        JsonSchema schema = await JsonSchema.FromFileAsync(Path.Combine(SourceTree.Root, "docs", "schemas", "transcript.schema.json"));
        Assert.Empty(schema.Validate(json));
        using JsonDocument document = JsonDocument.Parse(json);
        (string Name, string Text, double Start)[] heard =
        [
            .. document.RootElement.GetProperty("segments").EnumerateArray().Select(segment => (segment.GetProperty("name").GetString()!, segment.GetProperty("text").GetString()!, segment.GetProperty("start").GetDouble())),
        ];
        Assert.Equal(
            ["Alice: good morning the meeting is open", "Bob <O'Neil> & co: please mute your microphone", "Alice: seven eight nine"],
            heard.Select(segment => $"{segment.Name}: {segment.Text}"),
            StringComparer.Ordinal);

        // Published 0.5 s and 2 s after the recording began; voices begin up to a third of a second into their file.
        foreach ((double expected, double found) in new[] { 1.5, 5, 9.5 }.Zip(heard.Select(segment => segment.Start)))
        {
            Assert.InRange(found, expected - 0.35, expected + 0.35);
        }

        string vtt = await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.VttFile));
        Assert.StartsWith("WEBVTT\n", vtt, StringComparison.Ordinal);
        Assert.Contains("\n<v Bob &lt;O'Neil&gt; &amp; co>please mute your microphone\n", vtt, StringComparison.Ordinal);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task What_was_heard_is_kept_when_a_later_piece_fails_and_not_paid_for_twice()
    {
        var recording = new TestRecording(Recording, 12);
        await recording.AddAudioAsync("alice", 0, 12);
        await recording.AddAudioAsync("bob", 0, 3);
        await recording.WriteDocumentsAsync();
        bool broken = true;
        await using var server = new TranscriptionServer((request, response) => TranscriptionServer.SayAsync(
            response, request.File.Length < 150_000 && broken ? 503 : 200, """{"segments":[{"start":0.1,"end":0.4,"text":"beep"},{"start":400,"end":900,"text":"after the end"}]}"""));

        RecordingException failure = await Assert.ThrowsAsync<RecordingException>(() => RunAsync(server.Url));
        Assert.Equal(RecordingErrorCode.FinalizationFailed, failure.Code);
        Assert.False(File.Exists(Path.Combine(Made.FullName, TranscriptTasks.JsonFile)));
        broken = false;
        int before = server.Requests.Count;
        await RunAsync(server.Url);
        Assert.Equal(1, server.Requests.Count - before);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.JsonFile)));
        Assert.Equal(["beep", "beep"], document.RootElement.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("text").GetString()!), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Silent_and_unreadable_tracks_and_recordings_without_sound_have_an_empty_transcript()
    {
        var recording = new TestRecording(Recording, 4);
        await recording.AddAudioAsync("alice", 0, 2);
        await recording.AddVideoAsync("bob", "red", 0, 1);
        await recording.WriteDocumentsAsync();
        await File.WriteAllBytesAsync(Path.Combine(Recording.FullName, "tracks", "alice-audio.rtp"), Encoding.UTF8.GetBytes("no track file"));
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, 500, ""));
        await RunAsync(server.Url);
        Assert.Empty(server.Requests);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.JsonFile)));
        Assert.Empty(document.RootElement.GetProperty("segments").EnumerateArray());
        Assert.Equal("it holds no sound that can be decoded", Assert.Single(document.RootElement.GetProperty("tracks").EnumerateArray()).GetProperty("problem").GetString());
        Assert.Equal("WEBVTT\n", await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.VttFile)));
    }

    [Fact]
    public async Task Captions_of_a_transcript_are_in_time_after_a_pause_that_the_film_cuts_out()
    {
        var recording = new TestRecording(Recording, 12);
        await recording.AddAudioAsync("alice", 0, 12);
        recording.SetPresence("alice", 0, 12, "Alice");
        recording.AddEvent(3, "recording_paused");
        recording.AddEvent(6, "recording_resumed");
        await recording.WriteDocumentsAsync();
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(
            response, 200, """{"segments":[{"start":1,"end":2,"text":"before"},{"start":7,"end":8,"text":"after"}]}"""));
        await RunAsync(server.Url);
        var settings = CompositionSettings.Default with { Width = 64, Height = 64, FrameRate = 2, Captions = TranscriptTasks.VttFile };
        File.Copy(Path.Combine(Made.FullName, TranscriptTasks.VttFile), Path.Combine(Recording.CreateSubdirectory("processed").FullName, "transcript.vtt"));
        CompositionResult film = await new OfflineComposer().ComposeAsync(Recording, settings, _scratch.File("film.mp4"));
        Assert.InRange(film.DurationSeconds, 8.4, 9.6);
        IReadOnlyList<WebVttCue> cues = PostProcessing.Outputs.WebVtt.Read(await File.ReadAllTextAsync(film.Files.Single(file => file.Name == "captions.vtt").FullName));
        Assert.Equal(["<v Alice>before", "<v Alice>after"], cues.Select(cue => cue.Text), StringComparer.Ordinal);
        Assert.All(new[] { 1.0, 4.0 }.Zip(cues), pair => Assert.InRange(pair.Second.StartUs / 1e6, pair.First - 0.1, pair.First + 0.1));
    }

    [Fact]
    public async Task A_participant_who_was_muted_for_long_is_heard_at_the_right_time_and_costs_no_memory()
    {
        const double Seconds = 1520;
        var recording = new TestRecording(Recording, Seconds);
        await recording.AddAudioAsync("alice", 0, Seconds, options: new TestMedia { Windows = [(2, 4), (1510, 4)] });
        await recording.WriteDocumentsAsync();
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, 200, """{"segments":[{"start":0.3,"end":1,"text":"beep"}]}"""));
        await RunAsync(server.Url, await Tools.BoundedFfmpegAsync(_scratch, 450_000));
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Made.FullName, TranscriptTasks.JsonFile)));
        double[] starts = [.. document.RootElement.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("start").GetDouble())];
        Assert.Equal(2, starts.Length);
        Assert.InRange(starts[0], 2, 2.4);
        Assert.InRange(starts[1], 1509.9, 1510.1);
    }

    // As a job does: plan, then one task after another, each in a scratch folder of its own.
    private async Task<IReadOnlyList<PublishedFile>> RunAsync(Uri url, FfmpegOptions? ffmpeg = null)
    {
        var options = new TranscriberOptions { Url = url, FirstDelay = TimeSpan.FromMilliseconds(1), Attempts = 2 };
        var tasks = new TranscriptTasks(
            new DirectoryRecordingFiles(Recording, Made), "work/", new FfmpegRun(ffmpeg ?? new FfmpegOptions(), TimeProvider.System), new HttpTranscriber(_client, options, TimeProvider.System), options.LongestPieceSeconds);
        List<PublishedFile> published = [];
        TaskProducts plan = await tasks.PlanAsync("", CancellationToken.None);
        foreach (PlannedTask task in plan.Tasks)
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            published.AddRange((await tasks.RunAsync(task.Kind, task.Number, scratch.Directory, null, CancellationToken.None)).Outputs);
        }

        return published;
    }

    private async Task<FileInfo> SpeechAsync(string who, params (int At, string Text)[] said)
    {
        List<string> arguments = ["-v", "error", "-y"];
        List<string> filters = [];
        foreach ((int at, string text) in said)
        {
            FileInfo wav = _scratch.File($"{who}-{at}.wav");
            await RealRecogniser.SpeakAsync(text, wav);
            arguments.AddRange(["-i", wav.FullName]);
            filters.Add($"[{filters.Count}]adelay={at}000[s{filters.Count}]");
        }

        string all = string.Concat(said.Select((_, i) => $"[s{i}]"));
        FileInfo ogg = _scratch.File($"{who}.ogg");
        arguments.AddRange(["-filter_complex", $"{string.Join(';', filters)};{all}amix=inputs={said.Length}:normalize=0,apad=whole_dur=13[out]", "-map", "[out]", "-ar", "48000", "-ac", "2", "-c:a", "libopus", "-b:a", "32k", "-frame_duration", "20", ogg.FullName]);
        await using ChildProcess ffmpeg = ChildProcess.Start("ffmpeg", "ffmpeg", arguments);
        Assert.True(await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(60)) == 0, ffmpeg.Output);
        return ogg;
    }
}
