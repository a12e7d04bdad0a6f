using Recording.Protocol.Sfu;
using Recording.Simulator.Impairment;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;
using Recording.Simulator.Replay;

namespace Recording.Simulator.Sfu;

/// <summary>Makes the formats and packet sources of a plan's tracks; clips are loaded beforehand, so that starting a producer takes no time.</summary>
internal sealed class ProducerMedia
{
    private const int Vp8PayloadType = 96;
    private const int OpusPayloadType = 111;
    private const int SyntheticVideoClock = 90_000;
    private const int OpusClock = 48_000;
    private static readonly TimeSpan _networkDelay = TimeSpan.FromMilliseconds(10);

    private readonly SimulationPlan _plan;
    private readonly Dictionary<(TrackMedia Media, string Kind), MediaClip[]> _clips;

    private ProducerMedia(SimulationPlan plan, Dictionary<(TrackMedia Media, string Kind), MediaClip[]> clips)
    {
        _plan = plan;
        _clips = clips;
    }

    /// <summary>Encodes or loads every clip of the plan.</summary>
    public static async Task<ProducerMedia> LoadAsync(SimulationPlan plan, GeneratedMedia media, CancellationToken cancellationToken)
    {
        (TrackMedia Media, string Kind)[] wanted =
            [.. plan.Rooms.SelectMany(room => room.Peers).SelectMany(peer => peer.Tracks).Select(track => (track.Media, track.Kind)).Where(track => track.Media is TrackMedia.Generated).Distinct()];
        MediaClip[][] clips = await Task.WhenAll(wanted.Select(track => ClipsAsync((TrackMedia.Generated)track.Media, track.Kind, media, cancellationToken)));
        var loaded = new Dictionary<(TrackMedia Media, string Kind), MediaClip[]>();
        for (int i = 0; i < wanted.Length; i++)
        {
            loaded[wanted[i]] = clips[i];
        }

        return new ProducerMedia(plan, loaded);
    }

    /// <summary>What the packets of a track will be made of.</summary>
    public ProducerFormat Format(PlannedTrack track, string name)
    {
        if (track.Media is TrackMedia.Replayed replayed)
        {
            ReplayStream stream = replayed.Stream;
            return new ProducerFormat
            {
                Codec = stream.Codec,
                PayloadType = stream.PayloadType,
                Ssrc = stream.Encodings[0].Ssrc,
                ClockRate = stream.ClockRate,
                Channels = stream.Channels,
                ConsumerType = stream.Encodings.Count > 1 ? "pipe" : "simple",
                PayloadTypes = stream.PayloadTypes,
                HeaderExtensions = stream.HeaderExtensions,
                Encodings = stream.Encodings,
            };
        }

        uint ssrc = (uint)SeededRandom.Create(_plan.Seed, name, "ssrc").NextInt64(1, 0x1_0000_0000);
        bool audio = track.Kind == "audio";
        HeaderExtension mid = new() { Id = OneByteExtension.MidId, Uri = OneByteExtension.MidUri };
        HeaderExtension second = audio
            ? new HeaderExtension { Id = OneByteExtension.AudioLevelId, Uri = OneByteExtension.AudioLevelUri }
            : new HeaderExtension { Id = OneByteExtension.AbsoluteSendTimeId, Uri = OneByteExtension.AbsoluteSendTimeUri };
        return new ProducerFormat
        {
            Codec = audio ? "opus" : "vp8",
            PayloadType = audio ? OpusPayloadType : Vp8PayloadType,
            Ssrc = ssrc,
            ClockRate = audio ? OpusClock : SyntheticVideoClock,
            Channels = audio ? 2 : 0,
            PayloadTypes =
            [
                audio
                    ? new PayloadType { Pt = OpusPayloadType, Codec = "opus", ClockRate = OpusClock, Channels = 2, Fmtp = "minptime=10;useinbandfec=1" }
                    : new PayloadType { Pt = Vp8PayloadType, Codec = "vp8", ClockRate = SyntheticVideoClock },
            ],
            HeaderExtensions = [mid, second],
            Encodings = [new Encoding { Ssrc = ssrc, ProducerSsrc = ssrc }],
        };
    }

    /// <summary>The packets of a track that starts at a wall time.</summary>
    /// <param name="track">The plan.</param>
    /// <param name="name">Names the track within the plan; packets depend on it and the seed alone, apart from reports' wall time.</param>
    /// <param name="format">From <see cref="Format"/>.</param>
    /// <param name="startUs">Wall time of the start, µs since 1970.</param>
    /// <param name="skewPpm">The sender's clock skew.</param>
    public PacketSource Start(PlannedTrack track, string name, ProducerFormat format, long startUs, double skewPpm)
    {
        Random random = SeededRandom.Create(_plan.Seed, name, "media");
        PacketSource source;
        if (track.Media is TrackMedia.Replayed replayed)
        {
            source = new ReplayPacketSource(replayed.Stream);
        }
        else
        {
            var clock = new SenderClock(startUs, (long)track.Start.TotalMicroseconds, skewPpm, (long)_networkDelay.TotalMicroseconds);
            var stream = new RtpStream(format.Ssrc, (byte)format.PayloadType, random);
            source = track.Media is TrackMedia.Synthetic synthetic
                ? new SyntheticPacketSource(stream, clock, format.ClockRate, synthetic.PacketBytes, synthetic.PacketsPerSecond, random)
                : ClipSource(_clips[(track.Media, track.Kind)], clock, stream, random);
        }

        return _plan.Impairment.IsNone ? source : new ImpairedSource(source, _plan.Impairment, SeededRandom.Create(_plan.Seed, name, "network"));
    }

    private static PacketSource ClipSource(MediaClip[] clips, SenderClock clock, RtpStream stream, Random random) => clips.Length == 1
        ? new AudioClipSource(clips[0], clock, stream, "0")
        : new VideoClipSource(clips[0], clips[1], clock, stream, "1", random);

    private static async Task<MediaClip[]> ClipsAsync(TrackMedia.Generated track, string kind, GeneratedMedia media, CancellationToken cancellationToken) => kind == "audio"
        ? [await media.AudioAsync(track.Settings, track.Participant, cancellationToken)]
        : await Task.WhenAll(media.VideoAsync(track.Settings, track.Participant, cancellationToken), media.RefreshAsync(track.Settings, track.Participant, cancellationToken));
}
