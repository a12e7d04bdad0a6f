namespace Recording.Model.Documents;

/// <summary>Events relative to an origin.</summary>
public sealed record TimelineSection
{
    /// <summary>t = 0: when the SFU began to record, on the first link's clock; when it never did, when the recording was accepted.</summary>
    public required DateTimeOffset Origin { get; init; }

    /// <summary>Events in order of time. metadata.json leaves out <c>active_speaker</c> and <c>producer_quality</c>, which can be tens of thousands; timeline.json has all.</summary>
    public required IReadOnlyList<TimelineEntry> Events { get; init; }
}
