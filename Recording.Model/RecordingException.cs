namespace Recording.Model;

/// <summary>The one exception of this product: a code that every surface shows, and a sentence for a person.</summary>
public sealed class RecordingException : Exception
{
    /// <param name="code">What went wrong.</param>
    /// <param name="message">One sentence that says what was expected and what was found.</param>
    /// <param name="innerException">The cause, when another library raised it.</param>
    public RecordingException(RecordingErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>What went wrong.</summary>
    public RecordingErrorCode Code { get; }
}
