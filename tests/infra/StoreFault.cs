namespace Recording.TestInfrastructure;

/// <summary>What a <see cref="StoreProxy"/> does with requests.</summary>
public enum StoreFault
{
    /// <summary>Passes them on.</summary>
    None,

    /// <summary>Answers 403 AccessDenied.</summary>
    Forbidden,

    /// <summary>Answers 503 SlowDown.</summary>
    Unavailable,

    /// <summary>Passes them on a second later.</summary>
    Slow,

    /// <summary>Takes them and does not answer until the fault is over.</summary>
    Hang,

    /// <summary>Passes them on, and cuts the connection instead of passing back the answer: the caller cannot know whether it was done.</summary>
    LoseAnswers,
}
