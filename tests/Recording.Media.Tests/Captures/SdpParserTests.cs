using FsCheck.Xunit;
using Recording.Media.Captures;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Captures;

public class SdpParserTests
{
    private const string Sdp = """
        v=0
        o=- 1 2 IN IP4 127.0.0.1
        s=-
        t=0 0
        a=group:BUNDLE 0 1
        m=audio 5004 UDP/TLS/RTP/SAVPF 111 63 0 126
        c=IN IP4 0.0.0.0
        a=rtcp:9 IN IP4 0.0.0.0
        a=mid:0
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
        a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid
        a=sendonly
        a=rtcp-mux
        a=rtpmap:111 OPUS/48000/2
        a=fmtp:111 minptime=10;useinbandfec=1
        a=rtpmap:63 red/48000/2
        a=fmtp:63 111/111
        a=rtpmap:126 telephone-event/8000
        a=ssrc:4157115734 cname:lr/XK
        a=ssrc:4157115734 msid:a b
        m=video 9 UDP/TLS/RTP/SAVPF 96 97
        a=mid:1
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=rid:q send
        a=rid:h send
        a=simulcast:send q;h
        a=ssrc-group:SIM 1 2
        a=ssrc-group:FID 1 11
        a=ssrc-group:FID 2 12
        a=ssrc:1 cname:x
        a=ssrc:11 cname:x
        a=ssrc:2 cname:x
        a=ssrc:12 cname:x
        """;

    [Fact]
    public void Media_sections_are_read_with_their_payload_types_sources_and_extensions()
    {
        IReadOnlyList<SdpMediaDescription> media = SdpParser.Parse(Sdp);
        Assert.Equal("audio video", string.Join(' ', media.Select(section => section.Kind)));

        SdpMediaDescription audio = media[0];
        Assert.Equal((5004, true, "0", "sendonly"), (audio.Port, audio.RtcpMux, audio.Mid, audio.Direction));
        Assert.Equal("opus red pcmu telephone-event", string.Join(' ', audio.PayloadTypes.Select(format => format.Codec)));
        Assert.Equal((48000u, 2u, "minptime=10;useinbandfec=1"), (audio.PayloadTypes[0].ClockRate, audio.PayloadTypes[0].Channels, audio.PayloadTypes[0].Fmtp));
        Assert.Equal([1u, 4u], audio.Extensions.Select(extension => extension.Id));
        Assert.Equal(new SdpSource(4157115734, "lr/XK", "a b"), Assert.Single(audio.Sources));

        SdpMediaDescription video = media[1];
        Assert.Equal(96u, video.PayloadTypes[1].Apt);
        Assert.Equal("send q;h", video.Simulcast);
        Assert.Equal("SIM FID FID", string.Join(' ', video.SourceGroups.Select(group => group.Semantics)));
    }

    [Fact]
    public void A_track_format_pairs_each_layer_with_its_retransmissions()
    {
        TrackFormat format = SdpParser.Parse(Sdp)[1].ToTrackFormat();
        Assert.Equal([(1u, 11u, "q"), (2u, 12u, "h")], format.Encodings.Select(encoding => (encoding.Ssrc, encoding.RtxSsrc, encoding.Rid)));
        Assert.Equal([96u, 97u], format.PayloadTypes.Select(payload => payload.Pt));
    }

    [Property(MaxTest = 300)]
    public void Any_text_parses_to_something(string?[] lines, int seed)
    {
        string[] known = Sdp.Split('\n');
        Random random = new(seed);
        IEnumerable<string> mixed = lines.Select(line => random.Next(3) switch
        {
            0 => known[random.Next(known.Length)],
            1 => known[random.Next(known.Length)][..3] + line,
            _ => "a=rtpmap:" + line,
        });
        Assert.NotNull(SdpParser.Parse("m=video 9 X 96\n" + string.Join('\n', mixed)));
    }

    [SharedDataFact]
    public void A_real_simulcast_offer_names_three_layers()
    {
        SdpMediaDescription video = SdpParser.Parse(File.ReadAllText(SharedData.PathOf("browser/vp8-simulcast.offer.sdp"))).Single(media => media.Kind == "video");
        Assert.Equal("q h f", string.Join(' ', video.Rids));
        Assert.Contains(video.PayloadTypes, format => format is { Codec: "vp8", ClockRate: 90000 });
        Assert.Contains(video.PayloadTypes, format => format is { Codec: "rtx", HasApt: true });
    }
}
