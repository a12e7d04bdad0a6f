namespace Recording.Simulator.Media;

/// <summary>What one producer sends, in order of arrival at the SFU. Times are µs since the producer started.</summary>
public abstract class PacketSource
{
    /// <summary>When <see cref="Produce"/> is due; <see cref="long.MaxValue"/> = nothing more.</summary>
    public abstract long NextDueUs { get; }

    /// <summary>Appends what is due at <see cref="NextDueUs"/> (a frame's packets, a sender report, or nothing when it was lost) and moves on.</summary>
    public abstract void Produce(ICollection<SourcePacket> output);

    /// <summary>Moves on without sending: sequence numbers stay continuous, timestamps go on, as when a producer is paused.</summary>
    public abstract void Skip();

    /// <summary>Asks the encoder for a key frame (PLI).</summary>
    public virtual void RequestKeyframe()
    {
        // Audio and replayed media cannot answer a PLI.
    }
}
