using FsCheck;
using FsCheck.Fluent;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Timelines by hand and at random.</summary>
public static class Rooms
{
    public const long Second = 1_000_000;

    /// <summary>A recording with these people; each has a camera and a microphone for the stretch given, in seconds.</summary>
    public static RecordedTimeline Of(double seconds, params (string Id, double From, double To)[] people) => new()
    {
        RecordingId = "rec",
        OriginUs = 1_700_000_000 * Second,
        DurationUs = (long)(seconds * Second),
        Participants = [.. people.Select(person => new TimelineParticipant { ParticipantId = person.Id, DisplayName = person.Id, Present = [Interval(person.From, person.To)] })],
        Tracks = [.. people.SelectMany(person => new[]
        {
            Track(person.Id, isAudio: false, Interval(person.From, person.To)),
            Track(person.Id, isAudio: true, Interval(person.From, person.To)),
        })],
    };

    public static TimeInterval Interval(double from, double to) => new((long)(from * Second), (long)(to * Second));

    public static TimelineTrack Track(string participant, bool isAudio, params TimeInterval[] live) => new()
    {
        TrackId = $"{participant}-{(isAudio ? "audio" : "video")}",
        ParticipantId = participant,
        IsAudio = isAudio,
        Codec = isAudio ? "opus" : "vp8",
        File = $"tracks/{participant}-{(isAudio ? "audio" : "video")}.rtp",
        Live = live,
    };

    /// <summary>Up to 60 people who come, go, publish and share at any moment of up to two minutes, with pauses.</summary>
    public static Arbitrary<RecordedTimeline> Random { get; } = Arb.From(
        from duration in Gen.Choose(1, 120_000_000)
        from people in Gen.Choose(0, 60)
        from pauses in Intervals(duration, 3)
        from present in Gen.CollectToList(Enumerable.Range(0, people), _ => Intervals(duration, 3))
        from video in Gen.CollectToList(Enumerable.Range(0, people), _ => Intervals(duration, 4))
        from shares in Gen.Choose(0, 5)
        select new RecordedTimeline
        {
            RecordingId = "rec",
            OriginUs = 0,
            DurationUs = duration,
            Pauses = pauses,
            Participants = [.. Enumerable.Range(0, people).Select(i => new TimelineParticipant { ParticipantId = $"p{i}", DisplayName = $"Person {i}", Present = present[i] })],
            Tracks = [.. Enumerable.Range(0, people).Select(i => Track($"p{i}", isAudio: false, [.. video[i]]) with { IsScreenshare = i < shares })],
        });

    private static Gen<IReadOnlyList<TimeInterval>> Intervals(int duration, int most) =>
        from count in Gen.Choose(0, most)
        from edges in Gen.ArrayOf(Gen.Choose(-1_000_000, duration + 1_000_000), count * 2)
        select TimeInterval.Union(
            edges.Chunk(2).Select(pair => new TimeInterval(Math.Min(pair[0], pair[1]), Math.Max(pair[0], pair[1]))),
            new TimeInterval(0, duration));
}
