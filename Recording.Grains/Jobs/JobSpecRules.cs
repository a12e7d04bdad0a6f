using System.Text.Json;
using Recording.Grains.Abstractions.Jobs;
using Recording.Model;

namespace Recording.Grains.Jobs;

/// <summary>What any job's specification must keep, whoever made it; what the parameters mean is checked by the task <c>plan</c>.</summary>
public static class JobSpecRules
{
    /// <summary>Most characters of the parameters.</summary>
    public const int MaxParameters = 256 * 1024;

    /// <summary>Lowest and highest priority are this far from 0.</summary>
    public const int MaxPriority = 100;

    private const int MaxName = 200;
    private const int MaxPrefix = 1024;
    private const int MaxKind = 32;

    /// <summary>Checks it.</summary>
    /// <exception cref="RecordingException">1003: every problem, each with its field, what was expected and what was found.</exception>
    public static void Check(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        string[] problems = [.. Problems(spec)];
        if (problems.Length > 0)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"job: {string.Join("; ", problems)}");
        }
    }

    private static IEnumerable<string> Problems(JobSpec spec)
    {
        if (spec.RecordingId.Length is 0 or > MaxName)
        {
            yield return $"recording_id: expected 1 to {MaxName} characters, found {spec.RecordingId.Length}";
        }

        // The prefix says where files are written and removed.
        if (spec.Prefix.Length is 0 or > MaxPrefix || !spec.Prefix.EndsWith('/') || spec.Prefix.StartsWith('/')
            || spec.Prefix[..^1].Split('/').Any(part => part is "" or "." or ".."))
        {
            yield return $"prefix: expected at most {MaxPrefix} characters with a trailing slash and no empty or dotted parts, found {Quote(spec.Prefix)}";
        }

        if (spec.Kind.Length is 0 or > MaxKind || !spec.Kind.All(letter => letter is (>= 'a' and <= 'z') or '-'))
        {
            yield return $"kind: expected 1 to {MaxKind} lower-case letters, found {Quote(spec.Kind)}";
        }

        if (spec.Parameters.Length > MaxParameters)
        {
            yield return $"parameters: expected at most {MaxParameters} characters, found {spec.Parameters.Length}";
        }

        if (Math.Abs((long)spec.Priority) > MaxPriority)
        {
            yield return $"priority: expected {-MaxPriority} to {MaxPriority}, found {spec.Priority}";
        }
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "..." : text);
}
