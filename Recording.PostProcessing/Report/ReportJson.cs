using System.Text.Json;
using Recording.Model;

namespace Recording.PostProcessing.Report;

/// <summary>A report as JSON: UTF-8, snake_case, null fields left out.</summary>
public static class ReportJson
{
    /// <summary>Writes it.</summary>
    public static byte[] Write(QualityReport report) => JsonSerializer.SerializeToUtf8Bytes(report, ReportContext.Default.QualityReport);

    /// <summary>Reads it.</summary>
    /// <exception cref="RecordingException">4005: not such a document.</exception>
    public static QualityReport Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ReportContext.Default.QualityReport)
                ?? throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, "the report is null instead of a document");
        }
        catch (JsonException exception)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"the report is not a valid document: {exception.Message}", exception);
        }
    }
}
