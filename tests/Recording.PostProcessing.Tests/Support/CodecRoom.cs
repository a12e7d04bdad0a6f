using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>A recording with a track of every codec, remuxed into each container once.</summary>
/// <remarks>Four people for 2.4 s, each with a colour in a codec of his own, two with a tone in G.711; then eve, who is silent and still for 12 s.</remarks>
public sealed class CodecRoom : IAsyncLifetime
{
    public const double Together = 2.4;
    public const double Seconds = 18;
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public DirectoryInfo Recording => new(Path.Combine(_scratch.Directory.FullName, "recording"));

    /// <summary>What was made, by the container's name.</summary>
    public Dictionary<string, TaskProducts> Made { get; } = new(StringComparer.Ordinal);

    public FileInfo File(string container, string trackId) => new(Path.Combine(_scratch.Directory.FullName, container, "processed", "tracks", $"{trackId}.{container}"));

    public async Task InitializeAsync()
    {
        var recording = new TestRecording(_scratch.Directory.CreateSubdirectory("recording"), Seconds);
        await recording.AddPicturesAsync("ann", "av1", "red", 0, Together);
        await recording.AddPicturesAsync("bob", "h265", "lime", 0, Together);
        await recording.AddPicturesAsync("cid", "h264", "blue", 0, Together);
        await recording.AddPicturesAsync("dan", "vp9", "white", 0, Together);
        await recording.AddToneAsync("ann", "pcmu", 400, 0.4, 0.6);
        await recording.AddToneAsync("bob", "pcma", 1000, 1.4, 0.6);
        (double, double)[] windows = [(3.5, 1), (16.5, 1)];
        await recording.AddAudioAsync("eve", 3.5, 14, options: new TestMedia { Windows = windows, Source = "sine=f=700" });
        await recording.AddVideoAsync("eve", "blue", 3.5, 14, options: new TestMedia { Windows = windows, Size = "80x60", FrameRate = CodedTracks.FrameRate });
        foreach (string peer in (string[])["ann", "bob", "cid", "dan"])
        {
            recording.SetPresence(peer, 0, Together);
        }

        recording.SetPresence("eve", 3, Seconds);
        await recording.WriteDocumentsAsync();
        var composer = new OfflineComposer(new FfmpegOptions(), new RenderOptions(), TimeProvider.System);
        foreach (string container in (string[])["mkv", "webm", "ogg"])
        {
            RemuxSettings settings = RemuxSettings.Parse($"{{\"container\":\"{container}\"}}");
            Made.Add(container, await composer.RemuxAsync(Recording, _scratch.Directory.CreateSubdirectory(container), settings));
        }
    }

    public Task DisposeAsync()
    {
        _scratch.Dispose();
        return Task.CompletedTask;
    }
}
