namespace Recording.Cli;

/// <summary>Exit codes of <c>recording</c>.</summary>
public static class ExitCode
{
    /// <summary>Everything was as asked.</summary>
    public const int Ok = 0;

    /// <summary>It ran, and what it found or made is not right: packets missing, a damaged file, a failed job.</summary>
    public const int Failed = 1;

    /// <summary>Bad arguments, or a file or directory that is not there.</summary>
    public const int Usage = 2;

    /// <summary>The service refused or could not be reached.</summary>
    public const int Service = 3;

    /// <summary>Stopped by Ctrl+C or SIGTERM.</summary>
    public const int Cancelled = 130;
}
