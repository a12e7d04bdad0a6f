namespace Recording.EndToEnd.Media;

/// <summary>A test on captures outside the repository: skipped, with the reason, where they are absent.</summary>
internal sealed class BrowserCaptureFactAttribute : FactAttribute
{
    public BrowserCaptureFactAttribute() => Skip = BrowserCapture.Absence;
}
