using Recording.Simulator.Media;

namespace Recording.Simulator.Plans;

/// <summary>A few figures from which <see cref="SimulationPlan.Create"/> makes rooms of the same kind.</summary>
public sealed record RoomShape
{
    /// <summary>Rooms, at least 1.</summary>
    public int Rooms { get; init; } = 1;

    /// <summary>Participants a room, each with microphone and camera.</summary>
    public int Peers { get; init; } = 3;

    /// <summary>How long media flows.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time between one participant's joining and the next one's.</summary>
    public TimeSpan JoinInterval { get; init; } = TimeSpan.Zero;

    /// <summary>The last participant leaves this long before the end; zero = stays.</summary>
    public TimeSpan LeaveBeforeEnd { get; init; } = TimeSpan.Zero;

    /// <summary>The second participant (or the only one) also shares a screen, from a quarter to three quarters of the time.</summary>
    public bool Share { get; init; }

    /// <summary>The first participant's camera is paused from 40 % to 60 % of the time.</summary>
    public bool Pause { get; init; }

    /// <summary>The active speaker changes this often; null = never.</summary>
    public TimeSpan? SpeakerInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The policy says that the room records by itself.</summary>
    public bool AutoRecord { get; init; }

    /// <summary>The policy's who_can_record.</summary>
    public string WhoCanRecord { get; init; } = "host";

    /// <summary>Clock skew of the participants: alternately plus and minus this, parts per million.</summary>
    public double SkewPpm { get; init; }

    /// <summary>What cameras and microphones send; null = <see cref="Synthetic"/>.</summary>
    public GeneratedMediaSettings? Media { get; init; } = new();

    /// <summary>Random payloads instead of media, the same for every track.</summary>
    public TrackMedia.Synthetic? Synthetic { get; init; }

    /// <summary>Room ids are this, a dash and a number.</summary>
    public string RoomPrefix { get; init; } = "room";
}
