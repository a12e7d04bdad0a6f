using System.Globalization;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>An output whose frames are all there, at their times, but of which a decoder complains: it is not published.</summary>
public sealed class DamagedOutputTests : IDisposable
{
    private const int Rate = 10;
    private const int Seconds = 3;
    private const byte Nonsense = 0x5A;
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("mp4", "picture", false)]
    [InlineData("mp4", "picture", true)]
    [InlineData("mp4", "sound", false)]
    [InlineData("webm", "picture", false)]
    [InlineData("m4a", "sound", false)]
    public async Task What_does_not_decode_is_refused(string format, string damaged, bool thumbnails)
    {
        CompositionSettings settings = CompositionSettings.Default with { Format = format, Width = 160, Height = 120, FrameRate = Rate, Thumbnails = thumbnails };
        CompositionPlan plan = CompositionPlan.Create(Rooms.Of(Seconds), settings, new RenderOptions());
        FileInfo audio = _scratch.File("audio" + (format == "webm" ? ".mka" : ".m4a"));
        await EncodeAsync($"sine=frequency=440:r=48000:d={Seconds}", PieceEncoder.Audio(settings.Output, new RenderOptions()), audio);
        FileInfo? picture = null;
        if (settings.Output.HasPicture)
        {
            picture = _scratch.File(Assert.Single(plan.Pieces()).FileName(settings.Output.PieceExtension));
            await EncodeAsync($"testsrc2=s=160x120:r={Rate}:d={Seconds}", PieceEncoder.Video(settings.Output, settings.Canvas, new RenderOptions()), picture);
        }

        Assert.Contains((await PublishAsync(plan, audio, "whole")).Outputs, file => file.Kind == "composite");
        await (damaged == "sound" ? DamagePacketsAsync(audio, 30, 20) : format == "mp4" ? DamageSlicesAsync(picture!) : DamagePacketsAsync(picture!, 10, 5));
        var error = await Assert.ThrowsAsync<RecordingException>(() => PublishAsync(plan, audio, "damaged"));
        Assert.Equal((RecordingErrorCode.IntegrityCheckFailed, $"{(format == "m4a" ? "audio" : "composite")}.{format} does not decode without error"), (error.Code, error.Message));
        Assert.NotEmpty(Assert.IsType<ToolFailureException>(error.InnerException).Log);
        Assert.False(Directory.Exists(Path.Combine(_scratch.Directory.FullName, "damaged", "processed")));
    }

    private async Task EncodeAsync(string source, IReadOnlyList<string> encoder, FileInfo file) =>
        await Tools.Run.RunAsync(["-f", "lavfi", "-i", source, .. encoder, "-y", file.FullName], _scratch.Directory);

    private async Task<TaskProducts> PublishAsync(CompositionPlan plan, FileInfo audio, string made)
    {
        var files = new DirectoryRecordingFiles(_scratch.Directory, _scratch.Directory.CreateSubdirectory(made));
        var renderer = new CompositeRenderer(Tools.Run, await Tools.ProbeAsync(), new RenderOptions());
        return await new CompositionPublisher(files, Tools.Run, renderer, "processed/").PublishAsync(plan, _scratch.Directory, new CompositionParts(audio, null, []), null, CancellationToken.None);
    }

    // Whole frames of these packets, behind the few bytes that a container puts before them.
    private static async Task DamagePacketsAsync(FileInfo file, int first, int count)
    {
        List<string> packets = [];
        await Tools.Run.ProbeAsync(["-v", "error", "-show_entries", "packet=pos,size", "-of", "compact=p=0", "-i", "file:" + file.FullName], file.Directory!, packets.Add, CancellationToken.None);
        byte[] bytes = await File.ReadAllBytesAsync(file.FullName);
        foreach (string packet in packets.Where(line => line.Length > 0).Skip(first).Take(count))
        {
            int[] numbers = [.. packet.Split('|').Select(field => int.Parse(field.AsSpan(field.IndexOf('=') + 1), NumberStyles.None, CultureInfo.InvariantCulture))];
            bytes.AsSpan(numbers[1] + 8, numbers[0] - 8).Fill(Nonsense);
        }

        await File.WriteAllBytesAsync(file.FullName, bytes);
    }

    // Packets of MPEG-TS (ISO 13818-1, 2.4.3.2) that hold nothing but the middle of a frame: its start, with all headers, is in the packet that begins it.
    private static async Task DamageSlicesAsync(FileInfo file)
    {
        const int Packet = 188;
        const int Video = 0x100;
        byte[] bytes = await File.ReadAllBytesAsync(file.FullName);
        int damaged = 0;
        for (int at = bytes.Length / Packet / 3 * Packet; at < bytes.Length / 3 * 2; at += Packet)
        {
            Assert.Equal(0x47, bytes[at]);
            if ((((bytes[at + 1] << 8) | bytes[at + 2]) & 0x5FFF) == Video && (bytes[at + 3] & 0x30) == 0x10)
            {
                bytes.AsSpan(at + 4, Packet - 4).Fill(Nonsense);
                damaged++;
            }
        }

        Assert.True(damaged > 3);
        await File.WriteAllBytesAsync(file.FullName, bytes);
    }
}
