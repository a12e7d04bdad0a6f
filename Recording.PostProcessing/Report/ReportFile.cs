namespace Recording.PostProcessing.Report;

/// <summary>What the hash of a file says.</summary>
public sealed record ReportFile
{
    /// <summary>Relative to the recording's prefix.</summary>
    public required string File { get; init; }

    /// <summary>ok, changed (hash or size differ), missing, or unlisted (no hash is known).</summary>
    public required string State { get; init; }

    /// <summary>What was expected and found; empty = nothing to say.</summary>
    public string Detail { get; init => field = value ?? ""; } = "";
}
