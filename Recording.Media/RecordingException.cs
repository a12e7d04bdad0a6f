namespace Recording.Model;

/// <summary>The one exception of this product: a code that every surface shows, and a sentence for a person.</summary>
/// <remarks>It lies in the lowest project so that every layer can throw it; its namespace is that of the model.</remarks>
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
