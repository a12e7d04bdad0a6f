namespace Recording.PostProcessing.Transcript;

/// <summary>Which transcriber is asked, and how patiently.</summary>
public sealed class TranscriberOptions
{
    /// <summary>Its address; without a path <c>/v1/audio/transcriptions</c> is added. Null = there is none.</summary>
    public Uri? Url { get; set; }

    /// <summary>Bearer token; empty = none is sent.</summary>
    public string Key { get; set; } = "";

    /// <summary>Model to ask for.</summary>
    public string Model { get; set; } = "whisper-1";

    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>Attempts at one piece before the task counts as failed, the first included.</summary>
    public int Attempts { get; set; } = 4;

    /// <summary>Wait before the second attempt; doubled before each further one, unless the transcriber names a time.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a transcriber may ask for.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest piece of sound sent at once, seconds.</summary>
    public double LongestPieceSeconds { get; set; } = 120;
}
