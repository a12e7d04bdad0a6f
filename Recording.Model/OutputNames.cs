using System.Text.Json;

namespace Recording.Model;

/// <summary>What recordings can get without being asked for each time, by name: in <see cref="RecordingPolicy.Outputs"/> and in RECORDING_OUTPUTS.</summary>
public static class OutputNames
{
    /// <summary>The quality report.</summary>
    public const string Report = "report";

    /// <summary>The default composition.</summary>
    public const string Composite = "composite";

    /// <summary>A media file of each track.</summary>
    public const string Tracks = "tracks";

    /// <summary>The transcript.</summary>
    public const string Transcript = "transcript";

    private const int MostQuoted = 5;
    private const int LongestQuoted = 40;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Report, Composite, Tracks, Transcript];

    /// <summary>Whether there is such an output.</summary>
    public static bool IsKnown(string name) => All.Contains(name, StringComparer.Ordinal);

    /// <summary>What a policy's outputs name and nobody can make, for a person: the first few, quoted and cut; empty = nothing.</summary>
    public static string DescribeUnknown(RecordingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        string[] unknown = [.. policy.Outputs.Where(static name => !IsKnown(name)).Distinct(StringComparer.Ordinal).Take(MostQuoted + 1)];
        return string.Join(", ", unknown.Take(MostQuoted).Select(Quote)) + (unknown.Length > MostQuoted ? ", ..." : "");
    }

    private static string Quote(string? name) => JsonSerializer.Serialize(name is { Length: > LongestQuoted } ? name[..LongestQuoted] + "..." : name);
}
