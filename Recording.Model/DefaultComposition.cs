namespace Recording.Model;

/// <summary>The composition that a stop with <c>trigger_post_processing</c> asks for, and that <see cref="OutputNames.Composite"/> names. Both must be one job, so its settings have one text.</summary>
public static class DefaultComposition
{
    /// <summary>Kind of a job that makes one picture of all tracks.</summary>
    public const string JobKind = "compose";

    /// <summary>Settings of the job, JSON.</summary>
    public const string Settings = """{"layout":"grid","format":"mp4","width":1280,"height":720,"frame_rate":30}""";
}
