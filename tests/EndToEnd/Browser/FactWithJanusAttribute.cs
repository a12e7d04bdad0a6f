namespace Recording.EndToEnd.Browser;

/// <summary>A test that needs the Janus gateway; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithJanusAttribute : FactAttribute
{
    /// <summary>Skips unless Janus is there.</summary>
    public FactWithJanusAttribute()
    {
        if (!File.Exists("/usr/bin/janus"))
        {
            Skip = "Janus is not installed (Debian package janus; ./rec test leaves it out where an init system would start it as a service)";
        }
    }
}
