using System.Globalization;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Cuts a finished MP4 into HLS with fragmented MP4 segments (RFC 8216), nothing encoded again.</summary>
/// <param name="run">Runs FFmpeg.</param>
internal sealed class HlsPackage(FfmpegRun run)
{
    /// <summary>What a player is given.</summary>
    public const string MasterFile = "master.m3u8";

    private const string MediaFile = "media.m3u8";
    private const int SegmentSeconds = 6;

    /// <summary>Makes the playlists and segments in <paramref name="folder"/>.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="composite">Probed.</param>
    /// <param name="captions">WebVTT in output time; null = none.</param>
    /// <param name="folder">Empty.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    /// <exception cref="RecordingException">4005: the playlist does not hold what the composite does.</exception>
    public async Task<FfprobeReport> MakeAsync(CompositionPlan plan, FfprobeReport composite, FileInfo? captions, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-i", "file:" + composite.File.FullName, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-map_chapters", "-1",

            // Else all times are moved behind zero, and the sound is put right by an empty edit, which browsers ignore.
            "-avoid_negative_ts", "disabled", "-f", "hls",
            "-hls_time", SegmentSeconds.ToString(CultureInfo.InvariantCulture), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "independent_segments",
            "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "segment-%05d.m4s", "-y", MediaFile,
        ];
        await run.RunAsync(arguments, folder, TimeSpan.FromMicroseconds(plan.DurationUs), cancellationToken: cancellationToken);
        var playlist = new FileInfo(Path.Combine(folder.FullName, MediaFile));
        FfprobeReport report = await FfprobeReport.ReadAsync(run, playlist, countPackets: true, cancellationToken);
        OutputCheck.Composite(plan, report);
        await WriteMasterAsync(plan, report, captions is not null, folder, cancellationToken);
        if (captions is not null)
        {
            await WriteCaptionsAsync(plan, captions, report.Video!.StartSeconds - composite.Video!.StartSeconds, folder, cancellationToken);
        }

        await FfprobeReport.RequireDecodableAsync(run, playlist, cancellationToken);
        return report;
    }

    // FFmpeg names no codecs for what is copied from an MP4, gives a bandwidth that some segments are over, and knows nothing of captions in a file of their own.
    private static async Task WriteMasterAsync(CompositionPlan plan, FfprobeReport report, bool hasCaptions, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        (long peak, long average) = Bandwidth(await File.ReadAllLinesAsync(Path.Combine(folder.FullName, MediaFile), cancellationToken), name => new FileInfo(Path.Combine(folder.FullName, name)).Length);
        string stream = $"#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},RESOLUTION={plan.Settings.Width}x{plan.Settings.Height}"
            + $",CODECS=\"avc1.6400{report.Video!.Level:x2},mp4a.40.2\",FRAME-RATE={plan.Settings.FrameRate}.000";
        string media = "";
        if (hasCaptions)
        {
            media = "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"Captions\",DEFAULT=YES,AUTOSELECT=YES,URI=\"captions.m3u8\"\n";
            stream += ",SUBTITLES=\"captions\"";
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, MasterFile), $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n{media}{stream}\n{MediaFile}\n", cancellationToken);
    }

    private static async Task WriteCaptionsAsync(CompositionPlan plan, FileInfo captions, double mediaStart, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        IReadOnlyList<WebVttCue> cues = WebVtt.Read(await File.ReadAllTextAsync(captions.FullName, cancellationToken));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "captions.vtt"), WebVtt.WriteMapped(cues, mediaStart), cancellationToken);
        string seconds = (plan.DurationUs / 1e6).ToString("0.000", CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "captions.m3u8"),
            $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{Math.Ceiling(plan.DurationUs / 1e6):0}\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:{seconds},\ncaptions.vtt\n#EXT-X-ENDLIST\n",
            cancellationToken);
    }

    /// <summary>
    /// Bits a second of a media playlist (RFC 8216, 4.3.4.2): the most that any row of segments of half to one and a half target durations has, and of all of it.
    /// </summary>
    /// <param name="playlist">Its lines.</param>
    /// <param name="bytes">Length of the segment that a line names.</param>
    internal static (long Peak, long Average) Bandwidth(IReadOnlyList<string> playlist, Func<string, long> bytes)
    {
        const string Target = "#EXT-X-TARGETDURATION:";
        const string Length = "#EXTINF:";
        double target = 0;
        double seconds = 0;
        List<(double Seconds, double Bits)> segments = [];
        foreach (string line in playlist)
        {
            if (line.StartsWith(Target, StringComparison.Ordinal))
            {
                target = double.Parse(line.AsSpan(Target.Length), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith(Length, StringComparison.Ordinal))
            {
                seconds = double.Parse(line[Length.Length..].Split(',')[0], CultureInfo.InvariantCulture);
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                segments.Add((seconds, bytes(line) * 8.0));
            }
        }

        double average = segments.Sum(segment => segment.Bits) / Math.Max(0.001, segments.Sum(segment => segment.Seconds));
        double peak = average;
        for (int first = 0; first < segments.Count; first++)
        {
            double length = 0;
            double bits = 0;
            for (int last = first; last < segments.Count && length + segments[last].Seconds <= 1.5 * target; last++)
            {
                length += segments[last].Seconds;
                bits += segments[last].Bits;
                peak = length >= 0.5 * target ? Math.Max(peak, bits / length) : peak;
            }
        }

        return ((long)Math.Ceiling(peak), (long)Math.Ceiling(average));
    }
}
