using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Links;

/// <summary>What a link knows of its SFU once it is registered.</summary>
internal sealed class LinkSession(TimeProvider time, string key, string sfuId, LinkFence fence, SfuCapabilities capabilities, ulong epoch, ulong streamEpoch, ulong reportEpoch)
{
    /// <summary><c>dial:...</c> or <c>id:...</c>.</summary>
    public string Key => key;

    public string SfuId => sfuId;

    public LinkFence Fence => fence;

    public SfuCapabilities Capabilities => capabilities;

    /// <summary>The SFU's session where it numbers anything; else this stream's.</summary>
    public ulong Epoch => epoch;

    /// <summary>Random, for packets that are numbered here; ends with the stream.</summary>
    public ulong StreamEpoch => streamEpoch;

    /// <summary>Random, for sender reports; ends with the stream.</summary>
    public ulong ReportEpoch => reportEpoch;

    public ClockOffset Clock { get; } = new();

    /// <summary>Now on the SFU's clock, µs since 1970.</summary>
    public long SfuNowUs() => UnixTime.Microseconds(time) - Clock.OffsetUs;

    public Marker ClockMarker() => new()
    {
        TimeUs = SfuNowUs(),
        Clock = new Marker.Types.Clock { OffsetUs = Clock.OffsetUs, RoundTripUs = Clock.RoundTripUs },
    };
}
