using Recording.Grains.Rooms.State;

namespace Recording.Grains.Rooms;

/// <content>What a room that never closes remembers of those who are gone.</content>
public sealed partial class RoomSession
{
    private const int AbsentLimit = 1024;
    private const int GoneLinkLimit = 64;

    /// <summary>Forgets the participants and links that are gone for longest. A recording keeps its own list of participants.</summary>
    private void ForgetGone()
    {
        // The host stays: the policy may rest on that role.
        Forget(_state.Participants.Where(static peer => peer.Presences.Count == 0 && !peer.IsHost), AbsentLimit, static peer => peer.LeftAtUs, peer => _state.Participants.Remove(peer));
        Forget(_state.Links.Where(IsGone), GoneLinkLimit, static link => link.Value.LastEventUs, ForgetLink);
    }

    private bool IsGone(KeyValuePair<string, LinkState> link) =>
        !link.Value.Up && !link.Value.RoomOpen && !link.Value.AssumedLost && link.Value.GraceEndsAtUs == 0
        && (link.Value.StopRecordingId is not { } stop || stop != _state.Recording?.RecordingId);

    private void ForgetLink(KeyValuePair<string, LinkState> link)
    {
        var stamp = new EventStamp(_nowUs + (_state.Recording?.LeadUs ?? 0), 0, link.Value.Epoch);
        foreach (var producer in _state.Producers.Where(producer => producer.Links.Contains(link.Key, StringComparer.Ordinal)).ToArray())
        {
            EndProducer(producer, link.Key, "link_lost", stamp);
        }

        foreach (var (participant, presence) in PresencesOn(link.Key))
        {
            EndPresence(participant, presence, "link_lost", stamp);
        }

        _state.Links.Remove(link.Key);
    }

    private void Forget<T>(IEnumerable<T> gone, int limit, Func<T, long> since, Action<T> forget)
    {
        var over = gone.Count() - limit;
        if (over <= 0)
        {
            return;
        }

        foreach (var item in gone.OrderBy(since).Take(over).ToArray())
        {
            forget(item);
        }

        _effects.Changed = true;
    }
}
