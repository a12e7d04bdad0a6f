using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;

namespace Recording.Grains.Rooms;

/// <content>
/// What SFUs may still hold of tracks that have ended. The gateway that was told of the end may die before everything is stored, and the next one
/// knows nothing of a track that is not wanted any more: it is told to fetch the rest.
/// </content>
public sealed partial class RoomSession
{
    private const int TailLimit = 1024;

    /// <summary>The producer is not recorded on its link any more.</summary>
    private void KeepTail(ProducerState producer, LiveRecording recording)
    {
        if (producer is not { TrackId: { } trackId, TrackLink: { } linkKey } || !_state.Links.TryGetValue(linkKey, out var link) || !link.Acknowledges())
        {
            return;
        }

        ForgetTail(link, recording.RecordingId, trackId);
        link.Tails.Add(new TrackTail
        {
            RecordingId = recording.RecordingId,
            Prefix = recording.Prefix,
            SfuRecordingId = link.StartedRecordingId == recording.RecordingId && link.SfuRecordingId.Length > 0 ? link.SfuRecordingId : recording.RecordingId,
            Track = ToDirective(producer),
        });
        Trim(link.Tails, TailLimit);
    }

    /// <summary>Whether an SFU is not known to have let go of what it held of this recording.</summary>
    public bool HasTails(string recordingId) => _state.Links.Values.Any(link => link.Tails.Exists(tail => tail.RecordingId == recordingId));

    private static void OnTailStored(TailStored stored, LinkState link) => ForgetTail(link, stored.RecordingId, stored.TrackId);

    private static void ForgetTail(LinkState link, string recordingId, string trackId) =>
        link.Tails.RemoveAll(tail => tail.RecordingId == recordingId && tail.Track.TrackId == trackId);

    /// <summary>The recording is complete: nothing can be added to it, but an SFU that was away when the last was stored still holds that.</summary>
    private void CompleteTails(string recordingId)
    {
        foreach (var link in _state.Links.Values)
        {
            for (var i = 0; i < link.Tails.Count; i++)
            {
                if (link.Tails[i] is { CompleteAtUs: 0 } tail && tail.RecordingId == recordingId)
                {
                    link.Tails[i] = tail with { CompleteAtUs = _nowUs };
                    _effects.Changed = true;
                }
            }
        }
    }

    /// <summary>An SFU that has not come back by now is gone for good, or its rings are old.</summary>
    private void ForgetOldTails()
    {
        foreach (var link in _state.Links.Values)
        {
            _effects.Changed |= link.Tails.RemoveAll(tail => tail.CompleteAtUs != 0 && _nowUs - tail.CompleteAtUs >= Microseconds(_rules.SfuGrace)) > 0;
        }
    }
}
