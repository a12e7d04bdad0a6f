using System.Text.Json;
using Recording.Model;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;
using Recording.PostProcessing.Transcript;

namespace Recording.Gateway.Api;

/// <summary>Checks what callers ask of a job before it is one, and writes it in one form, so that the same work is the same job.</summary>
internal static class JobParameters
{
    /// <summary>Kind of a job that makes one picture of all tracks.</summary>
    public const string Compose = CompositionTasks.ComposeJob;

    private static readonly string[] _kinds = [Compose, CompositionTasks.RemuxJob, ReportTasks.ReportJob, TranscriptTasks.TranscriptJob];

    /// <summary>The parameters as the job stores them.</summary>
    /// <exception cref="RecordingException">1003: unknown kind or bad parameters, every problem named.</exception>
    public static string Normalize(string kind, string parameters) => kind switch
    {
        Compose => CompositionSettings.Parse(parameters).ToJson(),
        TranscriptTasks.TranscriptJob => TranscriptSettings.Parse(parameters).ToJson(),
        CompositionTasks.RemuxJob => RemuxSettings.Parse(parameters).ToJson(),
        ReportTasks.ReportJob => IsEmpty(parameters) ? "" : throw Bad($"settings: a {kind} job has none, found {Quote(parameters)}"),
        _ => throw Bad($"kind: expected one of {string.Join(", ", _kinds)}, found {Quote(kind)}"),
    };

    private static bool IsEmpty(string parameters) => parameters.Trim() is "" or "{}";

    private static RecordingException Bad(string what) => new(RecordingErrorCode.ProtocolViolation, what);

    private static string Quote(string text) => JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "..." : text);
}
