namespace Recording.Media.Captures;

/// <summary>Times that a capture can have.</summary>
internal static class CaptureTime
{
    /// <summary>The year 9999 in ms since 1970: what documents can hold.</summary>
    public const long MaxMs = 253_402_300_799_000;
}
