using System.Net;

namespace Recording.PostProcessing.Transcript;

/// <summary>An attempt failed in a way that may pass.</summary>
internal sealed class TranscriberFailure : Exception
{
    public TranscriberFailure()
    {
    }

    public TranscriberFailure(string message)
        : base(message)
    {
    }

    public TranscriberFailure(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What it answered; null = nothing.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>When it wants to be asked again; null = it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
