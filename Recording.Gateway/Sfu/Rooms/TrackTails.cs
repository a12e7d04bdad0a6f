using System.Diagnostics.CodeAnalysis;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Rooms;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Rooms;

/// <summary>
/// Tracks of a room that have ended: those that ended on this connection are watched until they are stored, those that ended before it are subscribed
/// once more, so that the SFU replays what is still in its ring and says which index is the last; of a complete recording only to be acknowledged. Guarded by the link's lock. Times in ms.
/// </summary>
internal sealed class TrackTails(string roomId, LinkSession session, LinkTracks tracks, TrackIngests ingests, HeartbeatBook heartbeats, long repeatMs)
{
    private const int MaxTries = 5;

    // An SFU that answers no heartbeats, and whose connection has lived on for so long, has read its acknowledgement.
    private const int PeriodsUntilRead = 3;

    private readonly Dictionary<(string RecordingId, string TrackId), Tail> _tails = [];
    private readonly Queue<(string RecordingId, string TrackId)> _stored = [];

    /// <summary>Takes a track over that ended on this connection; false when the caller has to end it, because nothing is to be asked of the SFU.</summary>
    /// <param name="track">The track.</param>
    /// <param name="wanted">The room's list.</param>
    public bool TryAdopt(LinkTrack track, TrackTail[] wanted)
    {
        (string RecordingId, string TrackId) key = (track.Identity.RecordingId, track.Identity.TrackId);
        if (!session.Capabilities.Acknowledged || !Array.Exists(wanted, tail => KeyOf(tail) == key))
        {
            return false;
        }

        _tails[key] = new Tail(track) { IsAnswered = track.Handle != 0 };
        return !_tails[key].IsAnswered;
    }

    /// <summary>Adds the subscriptions that have to be sent now.</summary>
    /// <param name="wanted">The room's list.</param>
    /// <param name="nowMs">Now.</param>
    /// <param name="commands">Where to add.</param>
    public void Collect(TrackTail[] wanted, long nowMs, List<Wire.RecordingToSfu> commands)
    {
        if (!session.Capabilities.Acknowledged || (wanted.Length == 0 && _tails.Count == 0))
        {
            return;
        }

        foreach ((string RecordingId, string TrackId) gone in _tails.Keys.Where(key => !Array.Exists(wanted, tail => KeyOf(tail) == key)).ToArray())
        {
            _tails.Remove(gone, out Tail? tail);
            tail!.Track.End();
        }

        foreach (TrackTail wish in wanted)
        {
            if (!_tails.TryGetValue(KeyOf(wish), out Tail? tail))
            {
                _tails.Add(KeyOf(wish), tail = new Tail(tracks.AddTail(TrackIdentity.Of(roomId, wish))));
            }

            if (wish.CompleteAtUs != 0 && !tail.IsAnswered)
            {
                tail.Track.Ingest.AcknowledgeOnly();
            }

            if (!tail.IsAnswered && (tail.Tries == 0 || nowMs - tail.AskedAt >= repeatMs))
            {
                Ask(wish, tail, nowMs, commands);
            }
            else if (tail.IsAnswered && !tail.IsStored && IsKnownToAll(tail, nowMs))
            {
                tail.IsStored = true;
                _stored.Enqueue(KeyOf(wish));
            }
        }
    }

    /// <summary>A track that is stored to its last index, as its recording and the SFU know; each once.</summary>
    public bool TryTakeStored([NotNullWhen(true)] out string? recordingId, [NotNullWhen(true)] out string? trackId)
    {
        bool any = _stored.TryDequeue(out (string RecordingId, string TrackId) key);
        (recordingId, trackId) = (any ? key.RecordingId : null, any ? key.TrackId : null);
        return any;
    }

    /// <summary>The SFU answered; false = that was no answer to one of ours.</summary>
    public bool OnSubscribed(Wire.TrackSubscribed answer, string requestId)
    {
        if (Find(requestId) is not { } tail)
        {
            return false;
        }

        if (answer.TrackHandle == 0)
        {
            GiveUp(tail);
            return true;
        }

        tracks.SetHandle(tail.Track, answer.TrackHandle);
        if (answer.TrackInfo is { } info)
        {
            tail.Track.SetFormat(TrackFormats.Of(info), info.ConsumerType);
        }

        tail.IsAnswered = true;
        tail.Track.End();
        return true;
    }

    /// <summary>The SFU has nothing of it any more; false = that was no answer to one of ours.</summary>
    public bool OnError(string requestId)
    {
        if (Find(requestId) is not { } tail)
        {
            return false;
        }

        GiveUp(tail);
        return true;
    }

    private static (string RecordingId, string TrackId) KeyOf(TrackTail tail) => (tail.RecordingId, tail.Track.TrackId);

    private static string RequestId(LinkTrack track) => $"tail-{track.Identity.RecordingId}-{track.Identity.TrackId}";

    /// <summary>
    /// Whether recording and SFU know of the end. If this process died before, or the connection broke, nobody would ask for it any more: the recording would wait
    /// for an end, the SFU for its last acknowledgement.
    /// </summary>
    private bool IsKnownToAll(Tail tail, long nowMs)
    {
        if (!tail.Track.Ingest.IsDrained || !tail.Track.IsSettled || !ingests.IsReported(tail.Track.Ingest))
        {
            return false;
        }

        if (tail.Mark == 0)
        {
            (tail.Mark, tail.MarkedAt) = (heartbeats.Mark(), nowMs);
        }

        return heartbeats.IsRead(tail.Mark) || nowMs - tail.MarkedAt >= PeriodsUntilRead * repeatMs;
    }

    private Tail? Find(string requestId) =>
        requestId.StartsWith("tail-", StringComparison.Ordinal) ? _tails.Values.FirstOrDefault(tail => !tail.IsAnswered && RequestId(tail.Track) == requestId) : null;

    private void Ask(TrackTail wish, Tail tail, long nowMs, List<Wire.RecordingToSfu> commands)
    {
        if (tail.Tries++ >= MaxTries)
        {
            GiveUp(tail);
            return;
        }

        tail.AskedAt = nowMs;
        commands.Add(new Wire.RecordingToSfu
        {
            RequestId = RequestId(tail.Track),
            SubscribeTrack = new Wire.SubscribeTrackRequest
            {
                RoomId = roomId,
                ProducerId = wish.Track.ProducerId,
                RecordingId = wish.SfuRecordingId,
                ResumeFrom = ingests.Find(new IngestKey(wish.RecordingId, wish.Track.TrackId, session.Epoch))?.NextIndex ?? 1,
            },
        });
    }

    // Nothing was numbered here and nothing will be announced.
    private static void GiveUp(Tail tail)
    {
        tail.IsAnswered = true;
        tail.Track.End();
        tail.Track.Ingest.EndNow();
    }

    private sealed class Tail(LinkTrack track)
    {
        public LinkTrack Track => track;

        public long AskedAt { get; set; }

        public int Tries { get; set; }

        public bool IsAnswered { get; set; }

        public bool IsStored { get; set; }

        public long Mark { get; set; }

        public long MarkedAt { get; set; }
    }
}
