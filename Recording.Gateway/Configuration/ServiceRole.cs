namespace Recording.Gateway.Configuration;

/// <summary>What a process of this service does.</summary>
public enum ServiceRole
{
    /// <summary>Silo, gateway and workers in one process.</summary>
    All,

    /// <summary>A silo: rooms, tracks, recordings, jobs.</summary>
    Recorder,

    /// <summary>An Orleans client with workers that render.</summary>
    Processor,

    /// <summary>An Orleans client with the links to SFUs and the API.</summary>
    Gateway,
}
