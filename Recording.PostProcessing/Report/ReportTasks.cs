using System.Text;
using Recording.PostProcessing.Outputs;

namespace Recording.PostProcessing.Report;

/// <summary>The quality report as a job: one task, because it is a fraction of what rendering costs.</summary>
/// <param name="files">The recording.</param>
public sealed class ReportTasks(IRecordingFiles files)
{
    /// <summary>Kind of the job.</summary>
    public const string ReportJob = "report";

    /// <summary>For programs.</summary>
    public const string JsonFile = "processed/report.json";

    /// <summary>For people.</summary>
    public const string HtmlFile = "processed/report.html";

    /// <summary>Makes and publishes both files; run twice it makes the same again.</summary>
    /// <param name="scratch">Where to work; empty, and removed by the caller.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Recording.Model.RecordingException">4004: no metadata. 4005: a document cannot be read.</exception>
    public async Task<TaskProducts> PlanAsync(DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        QualityReport report = await new RecordingReporter(files).ReportAsync(scratch, progress, cancellationToken);
        double seconds = report.Recording.DurationMs / 1000.0;
        return new TaskProducts(
            [],
            [
                await PublishAsync(scratch, ReportJson.Write(report), JsonFile, "report", seconds, cancellationToken),
                await PublishAsync(scratch, Encoding.UTF8.GetBytes(HtmlReport.Write(report)), HtmlFile, "report", seconds, cancellationToken),
            ]);
    }

    private async Task<PublishedFile> PublishAsync(DirectoryInfo scratch, byte[] content, string name, string kind, double seconds, CancellationToken cancellationToken)
    {
        var local = new FileInfo(Path.Combine(scratch.FullName, Path.GetFileName(name)));
        await File.WriteAllBytesAsync(local.FullName, content, cancellationToken);
        return await PublishedFile.StoreAsync(files, local, name, kind, seconds, cancellationToken);
    }
}
