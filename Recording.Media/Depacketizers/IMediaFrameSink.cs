namespace Recording.Media.Depacketizers;

/// <summary>Takes frames from a depacketizer.</summary>
public interface IMediaFrameSink
{
    /// <summary>Takes one frame; its data is valid only during the call.</summary>
    void Add(in MediaFrame frame);
}
