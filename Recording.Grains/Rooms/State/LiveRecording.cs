using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Rooms.State;

/// <summary>The room's current recording, until it is complete.</summary>
public sealed class LiveRecording
{
    /// <summary>Its id.</summary>
    public string RecordingId { get; set; } = "";

    /// <summary>Where it is stored, with a trailing slash.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Who asked.</summary>
    public required Requester Requester { get; set; }

    /// <summary>What was asked for.</summary>
    public RecordingSelection Selection { get; set; } = RecordingSelection.ByPolicy;

    /// <summary>Starting, Recording, Paused or Stopping.</summary>
    public RecordingStatus Status { get; set; }

    /// <summary>It exists durably; before that no SFU hears of it.</summary>
    public bool Opened { get; set; }

    /// <summary>When it was accepted, µs since 1970, our clock.</summary>
    public long RequestedAtUs { get; set; }

    /// <summary>When an SFU began, µs since 1970; 0 = none has.</summary>
    public long StartedAtUs { get; set; }

    /// <summary>How far the recording's clock is ahead of ours, µs.</summary>
    public long LeadUs { get; set; }

    /// <summary>Since when an answer is awaited, or since when it is stopping, µs, our clock.</summary>
    public long WaitingSinceUs { get; set; }

    /// <summary>Track ids given out.</summary>
    public List<string> TrackIds { get; set; } = [];

    /// <summary>Everybody who was there.</summary>
    public List<ParticipantFacts> Participants { get; set; } = [];

    /// <summary>Policies in force, in order.</summary>
    public List<PolicyChange> Policies { get; set; } = [];
}
