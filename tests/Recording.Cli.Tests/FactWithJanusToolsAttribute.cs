namespace Recording.Cli.Tests;

/// <summary>A test that needs janus-pp-rec; skipped where it is not installed.</summary>
public sealed class FactWithJanusToolsAttribute : FactAttribute
{
    /// <summary>Why it cannot run; null = it can.</summary>
    internal static readonly string? Absence = File.Exists("/usr/bin/janus-pp-rec") ? null : "janus-pp-rec is not installed (Debian package janus-tools, which some releases do not have)";

    /// <summary>Skips unless it is there.</summary>
    public FactWithJanusToolsAttribute() => Skip = Absence;
}

/// <summary>A theory that needs janus-pp-rec; skipped where it is not installed.</summary>
public sealed class TheoryWithJanusToolsAttribute : TheoryAttribute
{
    /// <summary>Skips unless it is there.</summary>
    public TheoryWithJanusToolsAttribute() => Skip = FactWithJanusToolsAttribute.Absence;
}
