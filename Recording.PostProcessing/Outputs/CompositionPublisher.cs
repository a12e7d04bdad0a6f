using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>The last station: joins, checks, and publishes the composite and what goes with it.</summary>
/// <param name="files">The recording.</param>
/// <param name="run">Runs FFmpeg.</param>
/// <param name="renderer">Joins.</param>
/// <param name="folder">Where outputs go, relative to the recording's prefix, with a trailing slash.</param>
internal sealed class CompositionPublisher(IRecordingFiles files, FfmpegRun run, CompositeRenderer renderer, string folder)
{
    /// <summary>Joins and publishes.</summary>
    /// <exception cref="RecordingException">4003: FFmpeg failed. 4005: an output is not what was planned, and nothing of it is published.</exception>
    public async Task<TaskProducts> PublishAsync(CompositionPlan plan, DirectoryInfo scratch, CompositionParts parts, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        List<PublishedFile> published = [];
        CompositionSettings settings = plan.Settings;
        OutputFormat format = settings.Output;
        FileInfo? captions = await WriteCaptionsAsync(plan, scratch, parts, cancellationToken);
        double seconds = plan.DurationUs / 1e6;
        if (format.HasPicture)
        {
            FileInfo composite = Local(scratch, "composite." + format.Extension);
            FileInfo? stream = settings.Format == "hls" ? null : captions;
            FfprobeReport report = parts.Copied is { } copied
                ? await renderer.CopyAsync(plan, scratch, copied, parts.Audio!, composite, stream, cancellationToken)
                : await renderer.JoinAsync(plan, scratch, parts.Audio!, composite, stream, cancellationToken);
            progress?.Report(0.3);
            DirectoryInfo? thumbnails = await DecodeAsync(plan, composite, report, scratch, cancellationToken);
            progress?.Report(0.7);
            published.Add(settings.Format == "hls"
                ? await PublishHlsAsync(plan, report, captions, scratch, cancellationToken)
                : await PublishedFile.StoreAsync(files, composite, folder + composite.Name, "composite", report.DurationSeconds, cancellationToken));
            if (thumbnails is not null)
            {
                PublishedPart[] pictures = await PublishFolderAsync(thumbnails, "thumbnails/", ["poster.jpg", "sprite.vtt"], cancellationToken);
                published.Add(await PublishedFile.StoreAsync(files, new FileInfo(Path.Combine(thumbnails.FullName, "poster.jpg")), folder + "thumbnails/poster.jpg", "poster", 0, cancellationToken));
                PublishedFile map = await PublishedFile.StoreAsync(files, new FileInfo(Path.Combine(thumbnails.FullName, "sprite.vtt")), folder + "thumbnails/sprite.vtt", "sprites", seconds, cancellationToken);
                published.Add(map with { Parts = pictures });
            }
        }
        else if (parts.Audio is { } sound)
        {
            FfprobeReport report = await FfprobeReport.ReadAsync(run, sound, cancellationToken: cancellationToken);
            OutputCheck.Sound(plan, report);
            await FfprobeReport.RequireDecodableAsync(run, sound, cancellationToken);
            published.Add(await PublishedFile.StoreAsync(files, sound, $"{folder}composite.{settings.Format}", "composite", report.DurationSeconds, cancellationToken));
        }

        if (captions is not null && settings.Format != "hls")
        {
            published.Add(await PublishedFile.StoreAsync(files, captions, folder + "captions.vtt", "captions", seconds, cancellationToken));
        }

        if (plan.Chapters.Count > 0)
        {
            FileInfo chapters = Local(scratch, "chapters.vtt");
            await File.WriteAllTextAsync(chapters.FullName, ChapterList.ToWebVtt(plan.Chapters), cancellationToken);
            published.Add(await PublishedFile.StoreAsync(files, chapters, folder + "chapters.vtt", "chapters", seconds, cancellationToken));
        }

        progress?.Report(1);
        return new TaskProducts([], published);
    }

    private static async Task<FileInfo?> WriteCaptionsAsync(CompositionPlan plan, DirectoryInfo scratch, CompositionParts parts, CancellationToken cancellationToken)
    {
        if (plan.Settings.Captions.Length == 0 || plan.Settings.BurnsCaptions)
        {
            return null;
        }

        FileInfo file = Local(scratch, "output-captions.vtt");
        await File.WriteAllTextAsync(file.FullName, WebVtt.Write(WebVtt.ToOutput(parts.Captions, plan.Clock())), cancellationToken);
        return file;
    }

    // Nothing is published that was not decoded once; pictures for thumbnails come from the same pass.
    private async Task<DirectoryInfo?> DecodeAsync(CompositionPlan plan, FileInfo composite, FfprobeReport report, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        if (!plan.Settings.Thumbnails)
        {
            await FfprobeReport.RequireDecodableAsync(run, composite, cancellationToken);
            return null;
        }

        DirectoryInfo thumbnails = scratch.CreateSubdirectory("thumbnails");
        await new ThumbnailSet(run).MakeAsync(plan, composite, report, thumbnails, cancellationToken);
        return thumbnails;
    }

    private async Task<PublishedFile> PublishHlsAsync(CompositionPlan plan, FfprobeReport composite, FileInfo? captions, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        DirectoryInfo package = scratch.CreateSubdirectory("hls");
        FfprobeReport report = await new HlsPackage(run).MakeAsync(plan, composite, captions, package, cancellationToken);
        PublishedPart[] parts = await PublishFolderAsync(package, "hls/", [HlsPackage.MasterFile], cancellationToken);
        PublishedFile master = await PublishedFile.StoreAsync(
            files, new FileInfo(Path.Combine(package.FullName, HlsPackage.MasterFile)), $"{folder}hls/{HlsPackage.MasterFile}", "composite", report.DurationSeconds, cancellationToken);
        return master with { Parts = parts };
    }

    // What names the others comes last, so that whoever sees it finds them.
    private async Task<PublishedPart[]> PublishFolderAsync(DirectoryInfo source, string name, string[] last, CancellationToken cancellationToken)
    {
        List<PublishedPart> parts = [];
        foreach (FileInfo file in source.GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Where(file => !last.Contains(file.Name)))
        {
            PublishedFile stored = await PublishedFile.StoreAsync(files, file, folder + name + file.Name, "part", 0, cancellationToken);
            parts.Add(new PublishedPart(file.Name, stored.Bytes, stored.Sha256));
        }

        return [.. parts];
    }

    private static FileInfo Local(DirectoryInfo scratch, string name) => new(Path.Combine(scratch.FullName, name));
}
