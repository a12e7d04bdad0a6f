using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Hosting;
using Recording.Gateway.Sfu.Links;
using Recording.Gateway.Sfu.Rooms;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

public sealed class LinkRulesTests
{
    private const long Now = 1_800_000_000_000_000;

    [Theory]
    [InlineData("room-1", true)]
    [InlineData("Raum mit Ümlaut / zwei", true)]
    [InlineData("a..b", true)]
    [InlineData("会議室", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("x/../y", false)]
    [InlineData("x\\..\\y", false)]
    [InlineData("/x", false)]
    [InlineData("a\nb", false)]
    [InlineData(null, false)]
    public void Ids_that_could_lead_elsewhere_are_not_taken(string? id, bool expected) => Assert.Equal(expected, SfuIds.IsValid(id));

    [Fact]
    public void Id_is_measured_as_it_will_be_stored()
    {
        Assert.True(SfuIds.IsValid(new string('a', 200)));
        Assert.False(SfuIds.IsValid(new string('a', 201)));
        Assert.True(SfuIds.IsValid(new string('ü', 33)));
        Assert.False(SfuIds.IsValid(new string('ü', 34)));
    }

    [Property]
    public void Any_text_is_judged_without_an_exception(string text) => SfuIds.IsValid(text);

    [Theory]
    [InlineData(0, Now, true)]
    [InlineData(-5, Now, true)]
    [InlineData(Now / 1000, Now, false)]
    [InlineData(Now, Now, false)]
    [InlineData(Now + 999_999, Now + 999_999, false)]
    [InlineData(Now + 1_000_001, Now, true)]
    [InlineData(Now - 1_000_001, Now, true)]
    public void Time_is_taken_in_ms_or_us_and_replaced_when_it_is_missing_or_over_a_second_off(long wire, long expected, bool isArrival)
    {
        Assert.Equal(expected, PacketTime.Resolve(wire, Now, 0, out bool replaced));
        Assert.Equal(isArrival, replaced);
    }

    [Fact]
    public void Time_is_compared_on_the_clock_of_the_sfu()
    {
        Assert.Equal(Now - 60_000_000, PacketTime.Resolve(Now - 60_000_000, Now, 60_000_000, out bool replaced));
        Assert.False(replaced);
        Assert.Equal(Now - 60_000_000, PacketTime.Resolve(0, Now, 60_000_000, out replaced));
        Assert.True(replaced);
    }

    [Fact]
    public void Fastest_round_trip_decides_the_clock_offset()
    {
        var clock = new ClockOffset();
        Assert.True(clock.Add(1_000_000, 1_100_000, 5_000_000));
        Assert.Equal(1_050_000 - 5_000_000, clock.OffsetUs);
        Assert.False(clock.Add(2_000_000, 2_900_000, 6_450_000 + 300_000));
        Assert.True(clock.Add(3_000_000, 3_002_000, 6_951_000 + 40_000));
        Assert.Equal(2000, clock.RoundTripUs);
        Assert.False(clock.Add(4_000_000, 3_999_999, 1));
        Assert.False(clock.Add(4_000_000, 4_000_001, 0));
    }

    [Theory]
    [InlineData("sfu", "sfu", 50055)]
    [InlineData("sfu:1234", "sfu", 1234)]
    [InlineData("10.0.0.1:99", "10.0.0.1", 99)]
    [InlineData("[::1]:99", "::1", 99)]
    public void Endpoints_are_read_with_and_without_a_port(string text, string host, int port)
    {
        SfuEndpoint endpoint = SfuEndpoint.Parse(text);
        Assert.Equal((host, port), (endpoint.Host, endpoint.Port));
        Assert.Equal($"dial:{host}:{port}", endpoint.Key);
    }

    [Fact]
    public void Address_of_a_name_with_several_has_a_key_of_its_own() =>
        Assert.Equal("dial:10.1.2.3:50055", new SfuEndpoint("sfu", 50055, System.Net.IPAddress.Parse("10.1.2.3")).Key);

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("", "Bearer x", true)]
    [InlineData("secret", "Bearer secret", true)]
    [InlineData("secret", "bearer secret", true)]
    [InlineData("secret", "Bearer secre", false)]
    [InlineData("secret", "secret", false)]
    [InlineData("secret", null, false)]
    public void Token_is_demanded_when_it_is_configured(string? expected, string? header, bool valid) => Assert.Equal(valid, SfuToken.IsValid(expected, header));

    [Fact]
    public void Dialling_backs_off_to_two_seconds_in_the_first_minute_and_to_ten_afterwards()
    {
        var time = new FakeTimeProvider();
        var backoff = new DialBackoff(time, new Random(1));
        TimeSpan[] early = [.. Enumerable.Range(0, 20).Select(_ => backoff.Next())];
        Assert.All(early, static wait => Assert.InRange(wait.TotalSeconds, 0.2, 2));
        Assert.True(early[^1] > early[0]);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.InRange(backoff.Next().TotalSeconds, 5, 10);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.2, 0.21);
    }

    [Property]
    public void Policy_crosses_the_wire_both_ways(bool enabled, bool auto, int retention, bool? audio, bool? video, bool? share, bool? audioOnly)
    {
        var policy = new RecordingPolicy
        {
            Enabled = enabled,
            WhoCanRecord = "co_host",
            WhoCanDownload = "all",
            AutoRecord = auto,
            NotifyParticipants = !auto,
            RetentionDays = retention,
            HostId = "h",
            CoHostIds = ["c1", "c2"],
            PanelistIds = ["p"],
            RecordAudio = audio,
            RecordVideo = video,
            RecordScreenshare = share,
            RecordAudioOnly = audioOnly,
            Outputs = auto ? ["composite", "of a later version"] : [],
        };

        RecordingPolicy? back = SfuMapping.Policy(Wire.RecordingPolicy.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(SfuMapping.Policy(policy))));

        Assert.Equivalent(policy, back, strict: true);
    }

    [Theory]
    [InlineData(5, 7, 7000)]
    [InlineData(5, 0, 5000)]
    [InlineData(0, 0, 99)]
    public void Inner_time_of_an_event_wins_over_its_envelopes(long envelope, long inner, long expected)
    {
        var wire = new Wire.RecordingRoomEvent { RoomId = "r", Timestamp = envelope, PeerLeft = new Wire.PeerLeft { PeerId = "a", Timestamp = inner }, EventIndex = 3 };
        var mapped = SfuMapping.Event(wire, 99);
        Assert.Equal((expected, 3UL), (mapped!.TimeUs, mapped.EventIndex));
    }

    [Fact]
    public void Event_of_a_later_protocol_is_ignored() => Assert.Null(SfuMapping.Event(new Wire.RecordingRoomEvent { RoomId = "r" }, 1));

    [Fact]
    public void Acknowledgement_counts_only_with_batches()
    {
        Assert.True(SfuCapabilities.Of(["rtp_batch", "rtp_ack"]).Acknowledged);
        Assert.False(SfuCapabilities.Of(["rtp_ack", "unknown"]).Acknowledged);
        Assert.Equal(["rtp_ack"], SfuCapabilities.Of(["rtp_ack", "unknown"]).Names);
    }
}
