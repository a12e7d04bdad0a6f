using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CliWrap;
using CliWrap.Buffered;
using Recording.Model;

namespace Recording.Simulator.Media;

/// <summary>
/// Clips made by FFmpeg, once for each distinct setting and then taken from a folder: VP8 with a base colour, a moving bar, a clock, and a white flash in the
/// first 100 ms of each second; Opus with a beep in the same 100 ms. Flash and beep start at the same content time to within a sample.
/// </summary>
public sealed class GeneratedMedia
{
    /// <summary>Seconds between key frames of the encoding that answers key frame requests.</summary>
    public const double RefreshSeconds = 0.4;

    private const string Recipe = "4"; // changes whenever the arguments below do, so that an old cache is not used
    private const int OpusFrameTicks = 960; // 20 ms at 48 kHz
    private const int OpusLookahead = 312;  // samples by which libopus delays what it is given
    private const int VideoClock = 90_000;
    private const int AudioClock = 48_000;

    private static readonly string[] _fonts =
    [
        "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
        "/usr/share/fonts/truetype/freefont/FreeMono.ttf",
    ];

    private static readonly SemaphoreSlim _encoders = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly ConcurrentDictionary<string, Lazy<Task<MediaClip>>> _clips = new(StringComparer.Ordinal);
    private readonly string _cache;
    private readonly string _ffmpeg;

    /// <param name="cacheDirectory">Where encodings are kept; null = a folder of this user below the system's temporary one.</param>
    /// <param name="ffmpeg">FFmpeg's executable.</param>
    public GeneratedMedia(string? cacheDirectory = null, string ffmpeg = "ffmpeg")
    {
        _cache = cacheDirectory ?? Path.Combine(Path.GetTempPath(), $"recording-media-{Environment.UserName}");
        _ffmpeg = ffmpeg;
    }

    /// <summary>The picture of a participant, with key frames every <see cref="GeneratedMediaSettings.KeyframeSeconds"/>.</summary>
    public Task<MediaClip> VideoAsync(GeneratedMediaSettings settings, int participant, CancellationToken cancellationToken = default) =>
        ClipAsync(settings, participant, settings.KeyframeSeconds, cancellationToken);

    /// <summary>The same picture with key frames close together, for <see cref="VideoClipSource"/>.</summary>
    public Task<MediaClip> RefreshAsync(GeneratedMediaSettings settings, int participant, CancellationToken cancellationToken = default) =>
        ClipAsync(settings, participant, RefreshSeconds, cancellationToken);

    /// <summary>The sound of a participant.</summary>
    public Task<MediaClip> AudioAsync(GeneratedMediaSettings settings, int participant, CancellationToken cancellationToken = default)
    {
        participant %= MediaPalette.Size;
        string[] arguments = AudioArguments(settings, participant);
        return OnceAsync(arguments, ".ogg", async path => AudioClip(settings, await File.ReadAllBytesAsync(path, CancellationToken.None)), cancellationToken);
    }

    private Task<MediaClip> ClipAsync(GeneratedMediaSettings settings, int participant, double keyframeSeconds, CancellationToken cancellationToken)
    {
        participant %= MediaPalette.Size;
        string[] arguments = VideoArguments(settings, participant, keyframeSeconds);
        return OnceAsync(arguments, ".ivf", async path => VideoClip(settings, await File.ReadAllBytesAsync(path, CancellationToken.None)), cancellationToken);
    }

    private static MediaClip VideoClip(GeneratedMediaSettings settings, byte[] file)
    {
        int ticks = VideoClock / settings.FrameRate;
        int wanted = settings.ClipSeconds * settings.FrameRate;
        List<EncodedFrame> frames = [.. IvfFile.Read(file).Take(wanted).Select((data, i) => new EncodedFrame(data, (long)i * ticks, IvfFile.IsVp8Keyframe(data)))];
        if (frames.Count == 0 || !frames[0].Keyframe)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, "FFmpeg made no picture, or one that does not start with a key frame");
        }

        return new MediaClip("vp8", VideoClock, 0, ticks, frames);
    }

    private static MediaClip AudioClip(GeneratedMediaSettings settings, byte[] file)
    {
        int wanted = settings.ClipSeconds * AudioClock / OpusFrameTicks;
        List<EncodedFrame> frames = [.. OggOpusFile.Read(file).Take(wanted).Select((data, i) => new EncodedFrame(data, (long)i * OpusFrameTicks, true))];
        if (frames.Count == 0)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, "FFmpeg made no sound");
        }

        return new MediaClip("opus", AudioClock, 2, OpusFrameTicks, frames);
    }

    private static string[] VideoArguments(GeneratedMediaSettings settings, int participant, double keyframeSeconds)
    {
        int gop = keyframeSeconds > 0 ? Math.Max(1, (int)Math.Round(keyframeSeconds * settings.FrameRate)) : settings.ClipSeconds * settings.FrameRate;
        string[] input = settings.File is { } file
            ? ["-i", file, "-map", "0:v:0", "-vf", string.Create(CultureInfo.InvariantCulture, $"scale={settings.Width}:{settings.Height}:force_original_aspect_ratio=decrease,pad={settings.Width}:{settings.Height}:(ow-iw)/2:(oh-ih)/2,fps={settings.FrameRate}")]
            : ["-f", "lavfi", "-i", Picture(settings, participant)];
        return
        [
            .. input,
            "-an", "-t", settings.ClipSeconds.ToString(CultureInfo.InvariantCulture),
            "-c:v", "libvpx", "-pix_fmt", "yuv420p", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1", "-lag-in-frames", "0", "-auto-alt-ref", "0",
            "-b:v", settings.VideoBitrate.ToString(CultureInfo.InvariantCulture),
            "-g", gop.ToString(CultureInfo.InvariantCulture), "-keyint_min", gop.ToString(CultureInfo.InvariantCulture),
            "-bitexact", "-f", "ivf",
        ];
    }

    private static string Picture(GeneratedMediaSettings settings, int participant)
    {
        var graph = new StringBuilder();
        string size = string.Create(CultureInfo.InvariantCulture, $"{settings.Width}x{settings.Height}");
        string half = string.Create(CultureInfo.InvariantCulture, $"{settings.Width / 4 * 2}x{settings.Height / 4 * 2}");
        graph.Append(CultureInfo.InvariantCulture, $"color=c=0x{MediaPalette.Colour(participant):X6}:s={size}:r={settings.FrameRate}[base];");
        graph.Append(CultureInfo.InvariantCulture, $"testsrc2=s={half}:r={settings.FrameRate}[pattern];");
        graph.Append("[base][pattern]overlay=x=(W-w)/2:y=(H-h)/2");
        string? font = Array.Find(_fonts, File.Exists);
        if (font is not null)
        {
            graph.Append(CultureInfo.InvariantCulture, $",drawtext=fontfile={font}:text='%{{pts\\:hms}}':fontcolor=white:box=1:boxcolor=black:fontsize=h/8:x=(w-text_w)/2:y=h*0.8");
        }

        graph.Append(",drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='lt(mod(t+0.001,1),0.1)'");
        return graph.ToString();
    }

    private static string[] AudioArguments(GeneratedMediaSettings settings, int participant)
    {
        string lead = string.Create(CultureInfo.InvariantCulture, $"{OpusLookahead}/{AudioClock}");
        string tone = string.Create(CultureInfo.InvariantCulture, $"0.5*sin(2*PI*{MediaPalette.Pitch(participant)}*(t+{lead}))*lt(mod(t+{lead}\\,1)\\,0.1)");
        string[] input = settings.File is { } file
            ? ["-i", file, "-map", "0:a:0"]
            : ["-f", "lavfi", "-i", $"aevalsrc={tone}|{tone}:s={AudioClock}"];
        return
        [
            .. input,
            "-vn", "-t", (settings.ClipSeconds + 1).ToString(CultureInfo.InvariantCulture), "-ar", "48000", "-ac", "2",
            "-c:a", "libopus", "-b:a", settings.AudioBitrate.ToString(CultureInfo.InvariantCulture), "-frame_duration", "20", "-application", "audio",
            "-bitexact", "-f", "ogg",
        ];
    }

    private Task<MediaClip> OnceAsync(string[] arguments, string extension, Func<string, Task<MediaClip>> read, CancellationToken cancellationToken)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [Recipe, .. arguments]))))[..32] + extension;
        Lazy<Task<MediaClip>> made = _clips.GetOrAdd(key, name => new Lazy<Task<MediaClip>>(async () => await read(await EncodeAsync(arguments, name))));
        return made.Value.WaitAsync(cancellationToken);
    }

    private async Task<string> EncodeAsync(string[] arguments, string name)
    {
        string path = Path.Combine(_cache, name);
        if (File.Exists(path))
        {
            return path;
        }

        Directory.CreateDirectory(_cache);
        string temporary = Path.Combine(_cache, $"{Guid.NewGuid():N}.part");
        await _encoders.WaitAsync();
        try
        {
            BufferedCommandResult result;
            try
            {
                result = await Cli.Wrap(_ffmpeg)
                    .WithArguments(["-hide_banner", "-nostdin", "-v", "error", .. arguments, temporary])
                    .WithValidation(CommandResultValidation.None)
                    .ExecuteBufferedAsync();
            }
            catch (System.ComponentModel.Win32Exception exception)
            {
                throw new RecordingException(RecordingErrorCode.NotFound, $"cannot run {_ffmpeg}: {exception.Message}", exception);
            }

            if (result.ExitCode != 0)
            {
                throw new RecordingException(RecordingErrorCode.NotFound, $"FFmpeg ended with {result.ExitCode}: {result.StandardError.Trim()}");
            }

            File.Move(temporary, path, overwrite: true);
            return path;
        }
        finally
        {
            _encoders.Release();
            File.Delete(temporary);
        }
    }
}
