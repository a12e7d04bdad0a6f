using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Recording.Model.Documents;

/// <summary>A timeline event as the documents show it: with its place relative to the origin.</summary>
public sealed record TimelineEntry : TimelineEvent
{
    /// <summary>For the serializer.</summary>
    [JsonConstructor]
    public TimelineEntry()
    {
    }

    /// <param name="entry">The event.</param>
    /// <param name="originUs">t = 0, µs since 1970.</param>
    [SetsRequiredMembers]
    public TimelineEntry(TimelineEvent entry, long originUs)
        : base(entry) => T = DocumentTime.MillisecondsFrom(originUs, entry.TimeUs);

    /// <summary>ms since the origin, rounded down; negative before it.</summary>
    [JsonPropertyName("t"), JsonPropertyOrder(-1)] public long T { get; init; }
}
