using Recording.Media.Depacketizers;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class H264DepacketizerTests
{
    // 640x480 as OpenH264 writes it: frame_num has 15 bits, the PPS is number 0.
    private const string SpsSmall = "6742C01E8C8D40501ED00F08846A";
    private const string PpsSmall = "68CE3C80";

    private readonly H264Depacketizer _depacketizer = new();
    private readonly PacketFeed _feed;

    public H264DepacketizerTests() => _feed = new PacketFeed(_depacketizer);

    [Theory]
    [InlineData("6742C01E8C8D40501ED00F08846A", 640, 480)]
    [InlineData("6742C00BDA0504FC0F016A0202028000000300800000190478A1550", 0, 0)]
    [InlineData("67", 0, 0)]
    [InlineData("", 0, 0)]
    public void Sequence_parameter_sets_give_the_size_or_are_refused(string hex, int width, int height)
    {
        bool isSound = H264Sps.TryParse(Bytes(hex.Length % 2 == 0 ? hex : hex[..^1]), out H264Sps sps);
        Assert.Equal(width > 0, isSound && sps.Width == width);
        if (width > 0)
        {
            Assert.Equal((width, height), (sps.Width, sps.Height));
        }
    }

    [Theory]
    [InlineData("libx264", 320, 180)]
    [InlineData("libx264", 494, 370)]
    [InlineData("libx264", 1920, 1080)]
    public void Size_is_what_the_encoder_was_given(string encoder, int width, int height)
    {
        byte[] stream = Ffmpeg.Run("ffmpeg",
            ["-nostdin", "-v", "error", "-f", "lavfi", "-i", $"color=size={width}x{height}:rate=5", "-frames:v", "1", "-c:v", encoder, "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", "h264", "-"]);
        byte[] sps = GeneratedMedia.NalUnits(stream).First(nal => (nal[0] & 0x1F) == 7);
        Assert.True(H264Sps.TryParse(sps, out H264Sps parsed));
        Assert.Equal((width, height), (parsed.Width, parsed.Height));
    }

    [Fact]
    public void Nal_units_alone_aggregated_and_in_fragments_get_their_lengths()
    {
        // STAP-A with SPS and PPS, an IDR slice in three FU-A, then (mode 0) a slice alone.
        _feed.Send(0, Aggregate(SpsSmall, PpsSmall));
        _feed.Send(0, "7C 85 B8 00 00");
        _feed.Send(0, "7C 05 03 04");
        _feed.Send(0, "7C 45 05", marker: true);
        _feed.Send(3000, "41 E0 00 80 11", marker: true);
        Assert.Equal(2, _feed.Frames.Count);
        Assert.Equal(Stored(SpsSmall, PpsSmall, "65B80000030405"), _feed.Frames[0].Data);
        Assert.Equal(Stored("41E0008011"), _feed.Frames[1].Data);
        Assert.Equal((true, 640, 480), (_feed.Frames[0].IsKeyframe, _feed.Frames[0].Width, _feed.Frames[0].Height));
        Assert.False(_feed.Frames[1].IsKeyframe);

        byte[] sps = Bytes(SpsSmall);
        byte[] pps = Bytes(PpsSmall);
        Assert.Equal(
            [1, 0x42, 0xC0, 0x1E, 0xFF, 0xE1, 0, (byte)sps.Length, .. sps, 1, 0, (byte)pps.Length, .. pps],
            _depacketizer.CodecPrivate.ToArray());
    }

    [Fact]
    public void Parameter_sets_come_from_the_fmtp_line_when_the_stream_has_none()
    {
        H264Depacketizer depacketizer = new($"packetization-mode=1; sprop-parameter-sets={Convert.ToBase64String(Bytes(SpsSmall))},{Convert.ToBase64String(Bytes(PpsSmall))};profile-level-id=42c01e");
        PacketFeed feed = new(depacketizer);
        feed.Send(0, "65 B8 00 00 11", marker: true);
        CollectedFrame frame = Assert.Single(feed.Frames);
        Assert.Equal(Stored("65B8000011"), frame.Data);
        Assert.Equal((640, 480), (frame.Width, frame.Height));
        Assert.Equal(0x67, depacketizer.CodecPrivate[8]);
    }

    [Fact]
    public void Other_parameter_sets_in_mid_track_stay_in_the_stream_or_are_put_there()
    {
        byte[] first = GeneratedMedia.Video("h264")[0];
        byte[] second = GeneratedMedia.Video("h264", 640, 360)[0];
        SendUnit(0, first);
        SendUnit(4500, second);

        // Sets of their own timestamp, ahead of a picture that lacks them.
        List<byte[]> sets = [.. GeneratedMedia.NalUnits(first).Where(nal => (nal[0] & 0x1F) is 7 or 8)];
        _feed.Send(9000, sets[0]);
        _feed.Send(9000, sets[1], marker: true);
        byte[][] slices = [.. GeneratedMedia.NalUnits(first).Where(nal => (nal[0] & 0x1F) == 5)];
        _feed.Send(13500, slices[0]);
        _feed.Send(13500, slices[1], marker: true);
        Assert.Equal([320, 640, 320], _feed.Frames.Select(frame => frame.Width));
        Assert.Equal(Stored([.. sets.Concat(slices)]), _feed.Frames[2].Data);
        Assert.Equal(0, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void A_lost_fragment_drops_up_to_the_next_key_frame()
    {
        SendUnit(0, Idr());
        _feed.Send(3000, "7C 81 E0 00 40 11");
        _feed.Send(3000, "7C 41 05", marker: true, lostBefore: 1);
        _feed.Send(6000, "41 E0 00 80 11", marker: true);
        _feed.Send(9000, Aggregate(SpsSmall, PpsSmall));
        _feed.Send(9000, "65 B8 00 00 11", marker: true);
        Assert.Equal([0, 9000], _feed.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(2, _depacketizer.DroppedFrames);
        Assert.True(_feed.Frames[1].FollowsLoss);
    }

    [Theory]
    [InlineData("41 E0 00 40 11", true)]
    [InlineData("41 E0 00 80 11", false)]
    public void A_hole_between_pictures_costs_nothing_when_frame_num_goes_on(string slice, bool isTaken)
    {
        SendUnit(0, Idr());
        _feed.Send(6000, slice, marker: true, lostBefore: 1);
        Assert.Equal(isTaken ? 2 : 1, _feed.Frames.Count);
    }

    [Fact]
    public void A_picture_whose_first_slice_is_missing_is_dropped()
    {
        SendUnit(0, Idr());
        // first_mb_in_slice = 1 (010)
        _feed.Send(3000, "41 58 00 08 11", marker: true, lostBefore: 1);
        Assert.Single(_feed.Frames);
        Assert.Equal(1, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void A_picture_without_its_parameter_sets_is_dropped()
    {
        _feed.Send(0, "65 B8 00 00 11", marker: true);
        Assert.Empty(_feed.Frames);
        Assert.Equal(1, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void Delimiters_and_filler_are_left_out()
    {
        SendUnit(0, Idr());
        _feed.Send(3000, "09 30");
        _feed.Send(3000, "41 E0 00 40 11");
        _feed.Send(3000, "0C FF FF 80", marker: true);
        Assert.Equal(Stored("41E0004011"), _feed.Frames[1].Data);
    }

    [Theory]
    [InlineData("")]
    [InlineData("C1 E0")]
    [InlineData("00 01")]
    [InlineData("18 00 05 67")]
    [InlineData("18 00 00")]
    [InlineData("18 00 01 67 00")]
    [InlineData("7C 85")]
    [InlineData("19 00 00 00 01 67")]
    [InlineData("1D 85 00 00 01")]
    public void Payloads_that_do_not_parse_are_counted_and_break_their_picture(string hex)
    {
        SendUnit(0, Idr());
        _feed.Send(3000, hex, marker: true);
        _feed.End();
        Assert.Single(_feed.Frames);
        Assert.Equal((1, 1), (_depacketizer.MalformedPackets, _depacketizer.DroppedFrames));
    }

    [Fact]
    public void Real_slices_pass_through_unchanged()
    {
        foreach ((int i, byte[] unit) in GeneratedMedia.Video("h264").Index())
        {
            SendUnit(i * 4500, unit);
        }

        Assert.Equal(GeneratedMedia.Video("h264").Select(unit => Stored([.. GeneratedMedia.NalUnits(unit)])), _feed.Frames.Select(frame => frame.Data));
        Assert.Equal(1, _feed.Frames.Count(frame => frame.IsKeyframe));
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Aggregate(params string[] nals) => [0x78, .. nals.Select(Bytes).SelectMany(nal => (byte[])[0, (byte)nal.Length, .. nal])];

    private static byte[] Stored(params string[] nals) => Stored([.. nals.Select(Bytes)]);

    private static byte[] Stored(byte[][] nals) => [.. nals.SelectMany(nal => (byte[])[0, 0, (byte)(nal.Length >> 8), (byte)nal.Length, .. nal])];

    private static byte[] Idr() => [0, 0, 0, 1, .. Bytes(SpsSmall), 0, 0, 0, 1, .. Bytes(PpsSmall), 0, 0, 0, 1, .. Bytes("65B8000011")];

    private void SendUnit(long timestamp, byte[] unit)
    {
        List<byte[]> payloads = CodecPackets.Split("h264", unit, 0);
        for (int i = 0; i < payloads.Count; i++)
        {
            _feed.Send(timestamp, payloads[i], marker: i == payloads.Count - 1);
        }
    }
}
