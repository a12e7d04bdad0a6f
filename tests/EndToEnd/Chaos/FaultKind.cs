namespace Recording.EndToEnd.Chaos;

/// <summary>What can be done to a system that records.</summary>
public enum FaultKind
{
    /// <summary>kill -9 of a gateway, or of the one process; started again when the fault ends.</summary>
    KillGateway,

    /// <summary>kill -9 of a silo; started again when the fault ends.</summary>
    KillSilo,

    /// <summary>SIGSTOP of a gateway or of the one process, then SIGCONT.</summary>
    FreezeGateway,

    /// <summary>SIGSTOP of a silo, then SIGCONT.</summary>
    FreezeSilo,

    /// <summary>The connections between an SFU and its gateway are reset.</summary>
    CutLink,

    /// <summary>They carry nothing for a while.</summary>
    StallLink,

    /// <summary>They are reset, and new ones too.</summary>
    CloseLink,

    /// <summary>The S3 server answers 403.</summary>
    StoreForbidden,

    /// <summary>The S3 server answers 503.</summary>
    StoreUnavailable,

    /// <summary>The S3 server takes requests and does not answer.</summary>
    StoreHangs,

    /// <summary>The S3 server does what it is asked, and the answer to every second request is lost.</summary>
    StoreLosesAnswers,

    /// <summary>kill -9 of the S3 server, started again with what it held.</summary>
    RestartStore,

    /// <summary>The disk of the directory store is full.</summary>
    FillStore,

    /// <summary>The disk of a gateway's spool is full.</summary>
    FillSpool,

    /// <summary>A byte of a stored segment changes. Nothing ends this.</summary>
    FlipByte,

    /// <summary>kill -9 of Redis, started again with what it held.</summary>
    RestartRedis,

    /// <summary>The connections to Redis carry nothing for a while.</summary>
    StallRedis,
}
