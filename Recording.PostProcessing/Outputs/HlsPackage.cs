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
    public async Task<FfprobeReport> MakeAsync(CompositionPlan plan, FileInfo composite, FileInfo? captions, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "-i", "file:" + composite.FullName, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-map_chapters", "-1", "-f", "hls",
            "-hls_time", SegmentSeconds.ToString(CultureInfo.InvariantCulture), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", "-hls_flags", "independent_segments",
            "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "segment-%05d.m4s", "-master_pl_name", MasterFile, "-y", MediaFile,
        ];
        await run.RunAsync(arguments, folder, TimeSpan.FromMicroseconds(plan.DurationUs), cancellationToken: cancellationToken);
        if (captions is not null)
        {
            await AddCaptionsAsync(plan, captions, folder, cancellationToken);
        }

        var playlist = new FileInfo(Path.Combine(folder.FullName, MediaFile));
        FfprobeReport report = await FfprobeReport.ReadAsync(run, playlist, countPackets: true, cancellationToken);
        OutputCheck.Composite(plan, report);
        await FfprobeReport.RequireDecodableAsync(run, playlist, cancellationToken);
        return report;
    }

    private static async Task AddCaptionsAsync(CompositionPlan plan, FileInfo captions, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        captions.CopyTo(Path.Combine(folder.FullName, "captions.vtt"), overwrite: true);
        string seconds = (plan.DurationUs / 1e6).ToString("0.000", CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "captions.m3u8"),
            $"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{Math.Ceiling(plan.DurationUs / 1e6):0}\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:{seconds},\ncaptions.vtt\n#EXT-X-ENDLIST\n",
            cancellationToken);
        string master = Path.Combine(folder.FullName, MasterFile);
        string[] lines = await File.ReadAllLinesAsync(master, cancellationToken);
        IEnumerable<string> changed = lines.SelectMany(line => line.StartsWith("#EXT-X-STREAM-INF:", StringComparison.Ordinal)
            ? new[] { "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"Captions\",DEFAULT=YES,AUTOSELECT=YES,URI=\"captions.m3u8\"", line + ",SUBTITLES=\"captions\"" }
            : [line]);
        await File.WriteAllLinesAsync(master, changed, cancellationToken);
    }
}
