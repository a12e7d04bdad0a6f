namespace Recording.Gateway.Sfu.Spool;

/// <summary>Whether the spool takes anything.</summary>
internal enum SpoolState
{
    /// <summary>It does.</summary>
    Taking,

    /// <summary>Its bound or the disk's reserve is reached.</summary>
    Full,

    /// <summary>The disk does not take what is written: read-only, broken, gone.</summary>
    Failing,
}
