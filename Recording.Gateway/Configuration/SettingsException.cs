namespace Recording.Gateway.Configuration;

/// <summary>The settings cannot be used; the message lists every problem.</summary>
public sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception("The configuration has " + (problems.Count == 1 ? "a problem" : $"{problems.Count} problems") + ":\n- " + string.Join("\n- ", problems))
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
