using System.Text.RegularExpressions;

namespace Recording.Media.Captures.Import;

/// <summary>Names of recorders' files: those of one participant differ in what kind of stream they hold.</summary>
internal static partial class CaptureName
{
    /// <summary>The name without <c>-audio</c>, <c>-video</c> and a number at its end, as Janus writes them.</summary>
    public static string WithoutKind(string name) => Kind().Replace(name, "") is { Length: > 0 } stem ? stem : name;

    [GeneratedRegex("[-_.](audio|video|screen|screen-audio)([-_.][0-9]+)*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Kind();
}
