namespace Recording.PostProcessing.Layout;

/// <summary>
/// Names sources: <c>*</c>, <c>speaker</c>, <c>camera:PEER</c>, <c>screen:PEER</c>, <c>track:ID</c>, where <c>*</c> in PEER or ID stands for any characters,
/// and <c>!</c> before it leaves such sources out.
/// </summary>
public sealed record SourcePattern
{
    /// <summary>What may be written, for messages.</summary>
    public const string Grammar = "*, speaker, camera:PEER, screen:PEER or track:ID (* is a wildcard, ! before it excludes)";

    private const string Anything = "*";

    private SourcePattern(string kind, string glob, bool isExclusion)
    {
        Kind = kind;
        Glob = glob;
        IsExclusion = isExclusion;
    }

    /// <summary>*, speaker, camera, screen or track.</summary>
    public string Kind { get; }

    /// <summary>What PEER or ID must be.</summary>
    public string Glob { get; }

    /// <summary>Leaves out instead of taking.</summary>
    public bool IsExclusion { get; }

    /// <summary>Reads one; null = it is not a pattern.</summary>
    public static SourcePattern? Parse(string text)
    {
        bool exclusion = text.StartsWith('!');
        string rest = exclusion ? text[1..] : text;
        if (rest is Anything or "speaker")
        {
            return new SourcePattern(rest, Anything, exclusion);
        }

        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && rest[..colon] is "camera" or "screen" or "track" && colon + 1 < rest.Length
            ? new SourcePattern(rest[..colon], rest[(colon + 1)..], exclusion)
            : null;
    }

    /// <summary>Whether a source is meant.</summary>
    /// <param name="source">The source.</param>
    /// <param name="speaker">Who is to be seen large; null = nobody.</param>
    public bool Matches(StageSource source, StageSource? speaker) => Kind switch
    {
        Anything => true,
        "speaker" => speaker is not null && source.Key == speaker.Key,
        "camera" => !source.IsScreenshare && MatchesGlob(source.ParticipantId),
        "screen" => source.IsScreenshare && MatchesGlob(source.ParticipantId),
        _ => source.TrackId is not null && MatchesGlob(source.TrackId),
    };

    // Linear in both lengths times the number of wildcards; a regular expression from a stranger could be made to run for ever.
    private bool MatchesGlob(string text)
    {
        int t = 0;
        int g = 0;
        int star = -1;
        int resume = 0;
        while (t < text.Length)
        {
            if (g < Glob.Length && Glob[g] == '*')
            {
                star = g++;
                resume = t;
            }
            else if (g < Glob.Length && Glob[g] == text[t])
            {
                g++;
                t++;
            }
            else if (star >= 0)
            {
                g = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        return Glob.AsSpan(g).TrimStart('*').IsEmpty;
    }
}
