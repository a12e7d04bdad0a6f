using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <content>Links that come and go, and what each is told.</content>
public sealed partial class RoomSession
{
    // A version is at least this far beyond the stored one after a restart: what was given out after the last store must not be repeated.
    private const long VersionLead = 5_000_000;

    /// <summary>
    /// The room was loaded into memory. Whether its links are up is not known: the grace of each runs again, and everything wanted is said again.
    /// </summary>
    public RoomEffects Reactivated(long nowUs)
    {
        Begin(nowUs);
        RestartGrace();
        foreach (var link in _state.Links.Values)
        {
            if (link.Directive is { } directive)
            {
                link.Directive = directive with { Version = Math.Max(directive.Version, nowUs) + VersionLead };
                _effects.Directives.Add(link.Directive);
            }
        }

        RefreshDirectives();
        return _effects;
    }

    /// <summary>The recording was found live after a restart. When it is not this room's any more it is told so; else the grace runs again.</summary>
    public RoomEffects Wake(string recordingId, long nowUs)
    {
        Begin(nowUs);
        if (_state.Recording is { } recording && recording.RecordingId == recordingId)
        {
            foreach (var link in _state.Links.Values.Where(static link => !link.Up && link.RoomOpen))
            {
                link.GraceEndsAtUs = nowUs + Microseconds(_rules.SfuGrace);
            }
        }
        else if (FindOutbox(recordingId) is null)
        {
            Abandon(recordingId, "link_lost", RecordingStatus.Interrupted, RecordingErrorCode.None);
        }

        return _effects;
    }

    /// <summary>From the link's grain: nobody holds this link although it was thought up.</summary>
    public RoomEffects LinkAbsent(string linkKey, long nowUs)
    {
        Begin(nowUs);
        if (_state.Links.TryGetValue(linkKey, out var link) && link.Up)
        {
            LoseLink(linkKey, link, nowUs + (_state.Recording?.LeadUs ?? 0), RecordingErrorCode.HeartbeatLost);
            link.AssumedLost = true;
            AfterCommand(nowUs);
        }

        return _effects;
    }

    /// <summary>From the link's grain: a gateway holds this link. Clears what was only assumed; a loss that was reported stays.</summary>
    public RoomEffects LinkPresent(string linkKey, long nowUs)
    {
        Begin(nowUs);
        if (_state.Links.TryGetValue(linkKey, out var link) && link.AssumedLost)
        {
            RestoreLink(linkKey, link, nowUs + (_state.Recording?.LeadUs ?? 0));
            AfterCommand(nowUs);
        }

        return _effects;
    }

    /// <summary>Says again what is wanted of a link whose grain lost its memory.</summary>
    public RoomEffects RepeatDirective(string linkKey, long nowUs)
    {
        Begin(nowUs);
        if (_state.Links.TryGetValue(linkKey, out var link) && link.Directive is { } directive)
        {
            _effects.Directives.Add(directive);
        }

        return _effects;
    }

    /// <summary>What the room wants of a link now; null = nothing was ever wanted of it.</summary>
    public RoomDirective? DirectiveFor(string linkKey) => _state.Links.TryGetValue(linkKey, out var link) ? link.Directive : null;

    /// <summary>Lets time pass: graces, unanswered and automatic starts, the last speaker.</summary>
    public RoomEffects Tick(long nowUs)
    {
        Begin(nowUs);
        foreach (var (key, link) in _state.Links)
        {
            if (!link.Up && link.RoomOpen && link.GraceEndsAtUs != 0 && link.GraceEndsAtUs <= nowUs)
            {
                ExpireLink(key, link);
            }
        }

        if (_state.Recording is { Status: RecordingStatus.Starting, Opened: true } starting
            && nowUs - starting.WaitingSinceUs >= Microseconds(_rules.StartTimeout)
            && _state.Links.Values.Any(static link => link.Up && link.RoomOpen))
        {
            FailStart(RecordingErrorCode.ProtocolViolation, "The SFU did not answer start_recording in time.", nowUs);
        }

        KeepPendingSpeaker(long.MaxValue);
        ForgetOldTails();
        ForgetGone();
        AfterCommand(nowUs);
        return _effects;
    }

    private void AfterCommand(long timeUs)
    {
        ReconcileTracks(timeUs);
        StartByPolicy();
        RefreshDirectives();
    }

    private void RestartGrace()
    {
        foreach (var link in _state.Links.Values.Where(static link => link.RoomOpen))
        {
            link.AssumedLost |= link.Up;
            link.Up = false;
            link.GraceEndsAtUs = _nowUs + Microseconds(_rules.SfuGrace);
        }
    }

    private void LoseLink(string linkKey, LinkState link, long timeUs, RecordingErrorCode code)
    {
        var known = link.Up || link.AssumedLost;
        link.AssumedLost = false;
        if (!known)
        {
            return;
        }

        link.Up = false;
        link.LostAtUs = timeUs;
        link.GraceEndsAtUs = _nowUs + Microseconds(_rules.SfuGrace);
        if (link.RoomOpen)
        {
            Write(new TimelineEvent { TimeUs = timeUs, Type = "link_lost", Link = linkKey, Code = (int)code });
            _effects.PersistNow |= IsLive(_state.Recording);
        }
    }

    /// <summary>The link was heard of.</summary>
    private void RestoreLink(string linkKey, LinkState link, long timeUs)
    {
        if (link.Up)
        {
            return;
        }

        link.Up = true;
        link.AssumedLost = false;
        link.GraceEndsAtUs = 0;
        if (link.Expired)
        {
            link.Expired = false;
            link.RoomOpen = true;
        }

        if (link.LostAtUs != 0 && link.RoomOpen)
        {
            Write(new TimelineEvent { TimeUs = timeUs, Type = "link_restored", Link = linkKey });
        }

        link.LostAtUs = 0;
        if (_state.Recording is { Status: RecordingStatus.Starting } starting)
        {
            starting.WaitingSinceUs = _nowUs;
        }
    }

    /// <summary>The grace is over: this link's part of the room ends. What it had is kept, hidden, for its return.</summary>
    private void ExpireLink(string linkKey, LinkState link)
    {
        link.GraceEndsAtUs = 0;
        link.RoomOpen = false;
        link.Expired = true;
        _effects.Changed = true;
        if (_state.Links.Values.Any(static other => other.RoomOpen))
        {
            Write(new TimelineEvent { TimeUs = _nowUs + (_state.Recording?.LeadUs ?? 0), Type = "link_lost", Link = linkKey, Reason = "grace_over", Code = (int)RecordingErrorCode.HeartbeatLost });
            return;
        }

        var lostAtUs = link.LostAtUs != 0 ? link.LostAtUs : link.LastEventUs;
        if (_state.Recording is { Status: RecordingStatus.Starting })
        {
            FailStart(RecordingErrorCode.HeartbeatLost, "The link to the SFU was lost before it began to record.", lostAtUs);
        }
        else
        {
            EndRecording(RecordingStatus.Interrupted, "link_lost", lostAtUs, RecordingErrorCode.HeartbeatLost);
        }

        // When the link returns with the meeting still on, an automatic recording goes on as a new one.
        _state.AutoDone = false;
    }

    private void RefreshDirectives()
    {
        foreach (var (key, link) in _state.Links)
        {
            var wanted = Want(key, link);
            if (link.Directive is { } said ? SameWish(said, wanted) : wanted.IsNothing)
            {
                continue;
            }

            link.Directive = wanted with { Version = link.Directive is { } last ? last.Version + 1 : _nowUs };
            _effects.Directives.Add(link.Directive);
            _effects.Changed = true;
        }
    }

    private RoomDirective Want(string linkKey, LinkState link)
    {
        if (_state.Recording is { Opened: true } recording && IsLive(recording) && link.RoomOpen && link.RefusedRecordingId != recording.RecordingId)
        {
            return new RoomDirective
            {
                RoomId = _state.RoomId,
                LinkKey = linkKey,
                Version = 0,
                State = recording.Status == RecordingStatus.Paused ? WantedState.Paused : WantedState.Recording,
                RecordingId = recording.RecordingId,
                Prefix = recording.Prefix,
                RequesterId = recording.Requester.Id,
                Selection = recording.Selection,
                Tracks = [.. _state.Producers.Where(producer => producer.TrackLink == linkKey).Select(ToDirective)],
                Tails = [.. link.Tails],
            };
        }

        return new RoomDirective
        {
            RoomId = _state.RoomId,
            LinkKey = linkKey,
            Version = 0,
            State = WantedState.Idle,
            RecordingId = link.StopRecordingId,
            RequesterId = link.StopRequesterId,
            TriggerPostProcessing = link.StopTriggers,
            Tails = [.. link.Tails],
        };
    }

    private static TrackDirective ToDirective(ProducerState producer) => new()
    {
        ProducerId = producer.Description.ProducerId,
        TrackId = producer.TrackId!,
        PeerId = producer.Description.PeerId,
        DisplayName = producer.Description.DisplayName,
        Kind = producer.Description.Kind,
        TrackType = TrackTypeOf(producer.Description),
        IsScreenshare = IsScreenshare(producer.Description),
    };

    private static bool SameWish(RoomDirective left, RoomDirective right) =>
        left.State == right.State && left.RecordingId == right.RecordingId && left.Prefix == right.Prefix && left.RequesterId == right.RequesterId
        && left.TriggerPostProcessing == right.TriggerPostProcessing && left.Tracks.AsSpan().SequenceEqual(right.Tracks)
        && left.Tails.AsSpan().SequenceEqual(right.Tails);
}
