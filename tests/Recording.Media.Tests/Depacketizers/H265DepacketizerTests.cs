using Recording.Media.Depacketizers;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class H265DepacketizerTests
{
    private readonly H265Depacketizer _depacketizer = new();
    private readonly PacketFeed _feed;

    public H265DepacketizerTests() => _feed = new PacketFeed(_depacketizer);

    [Fact]
    public void Real_pictures_pass_through_aggregates_and_fragments_unchanged()
    {
        IReadOnlyList<byte[]> units = GeneratedMedia.Video("h265");
        foreach ((int i, byte[] unit) in units.Index())
        {
            Send(i * 4500, unit);
        }

        Assert.Equal(units.Select(unit => Stored(GeneratedMedia.NalUnits(unit))), _feed.Frames.Select(frame => frame.Data));
        Assert.Equal((320, 180), (_feed.Frames[0].Width, _feed.Frames[0].Height));
        Assert.Equal([true, false], _feed.Frames.Take(2).Select(frame => frame.IsKeyframe));
    }

    [Fact]
    public void The_configuration_holds_profile_chroma_depth_and_all_sets()
    {
        byte[] unit = GeneratedMedia.Video("h265")[0];
        Send(0, unit);
        byte[] record = _depacketizer.CodecPrivate.ToArray();
        byte[][] sets = [.. GeneratedMedia.NalUnits(unit).Where(nal => (nal[0] >> 1) is 32 or 33 or 34)];
        Assert.Equal(3, sets.Length);

        // Version; Main profile; 4:2:0, 8 bits; one layer, nested, 4-byte lengths; three arrays.
        Assert.Equal((1, 1), (record[0], record[1] & 0x1F));
        Assert.Equal((0xFD, 0xF8, 0xF8), (record[16], record[17], record[18]));
        Assert.Equal((0x0F, 3), (record[21], record[22]));
        int offset = 23;
        foreach (byte[] set in sets)
        {
            Assert.Equal([(byte)(set[0] >> 1), 0, 1, (byte)(set.Length >> 8), (byte)set.Length, .. set], record[offset..(offset + 5 + set.Length)]);
            offset += 5 + set.Length;
        }

        Assert.Equal(record.Length, offset);
    }

    [Fact]
    public void Parameter_sets_come_from_the_fmtp_line_when_the_stream_has_none()
    {
        List<byte[]> nals = GeneratedMedia.NalUnits(GeneratedMedia.Video("h265")[0]);
        string Set(int type) => Convert.ToBase64String(nals.First(nal => nal[0] >> 1 == type));
        PacketFeed feed = new(new H265Depacketizer($"sprop-vps={Set(32)};sprop-sps={Set(33)};sprop-pps={Set(34)}"));
        byte[] slice = nals.First(nal => nal[0] >> 1 is 19 or 20);
        feed.Send(0, slice, marker: true);
        Assert.Equal(Stored([slice]), Assert.Single(feed.Frames).Data);
        PacketFeed without = new(new H265Depacketizer());
        without.Send(0, slice, marker: true);
        Assert.Empty(without.Frames);
    }

    [Fact]
    public void A_single_nal_unit_an_aggregate_and_fragments_are_told_apart_by_type()
    {
        SendSets();
        // IDR_W_RADL (19) in an aggregate with an SEI; then a TRAIL_R (1) in three fragments.
        _feed.Send(0, "60 01" + "0003 4E01AA" + "0004 2601AF11", marker: true);
        _feed.Send(3000, "62 01 81 D0 01");
        _feed.Send(3000, "62 01 01 02");
        _feed.Send(3000, "62 01 41 03", marker: true);
        Assert.Equal([3, 0x4E, 0x01, 0xAA, 0, 0, 0, 4, 0x26, 0x01, 0xAF, 0x11], _feed.Frames[0].Data[^12..]);
        Assert.Equal([0, 0, 0, 6, 0x02, 0x01, 0xD0, 0x01, 0x02, 0x03], _feed.Frames[1].Data);
    }

    [Fact]
    public void A_loss_drops_up_to_the_next_key_frame()
    {
        IReadOnlyList<byte[]> units = GeneratedMedia.Video("h265");
        Send(0, units[0]);
        Send(4500, units[1]);
        _feed.Send(9000, "62 01 41 03", marker: true, lostBefore: 1);
        Send(13500, units[3]);
        Send(18000, units[0]);
        Assert.Equal([0, 4500, 18000], _feed.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(2, _depacketizer.DroppedFrames);
    }

    [Theory]
    [InlineData("4801")]
    [InlineData("6001 0002 4801")]
    [InlineData("6001 0002 4A01")]
    public void The_end_of_a_sequence_is_a_header_alone_and_breaks_nothing(string hex)
    {
        byte[] unit = GeneratedMedia.Video("h265")[0];
        foreach (byte[] payload in CodecPackets.Split("h265", unit, 0))
        {
            _feed.Send(0, payload);
        }

        _feed.Send(0, hex, marker: true);
        Assert.Equal([0, 0, 0, 2, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))[^2], 1], Assert.Single(_feed.Frames).Data[^6..]);
        Assert.Equal(0, _depacketizer.MalformedPackets);
    }

    [Theory]
    [InlineData("sprop-max-don-diff=0", 1, 0)]
    [InlineData("profile-id=1;sprop-max-don-diff=2", 0, 1)]
    public void With_decoding_order_numbers_nothing_is_taken_for_a_picture(string fmtp, int frames, int least)
    {
        var depacketizer = new H265Depacketizer(fmtp);
        PacketFeed feed = new(depacketizer);
        List<byte[]> payloads = CodecPackets.Split("h265", GeneratedMedia.Video("h265")[0], 0);
        for (int i = 0; i < payloads.Count; i++)
        {
            feed.Send(0, payloads[i], marker: i == payloads.Count - 1);
        }

        Assert.Equal(frames, feed.Frames.Count);
        Assert.Equal(least * payloads.Count, depacketizer.MalformedPackets);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2601")]
    [InlineData("A601AF")]
    [InlineData("6001 0005 2601AF")]
    [InlineData("6001 0002 2601")]
    [InlineData("6001 0003 2601AF 00")]
    [InlineData("620181")]
    [InlineData("640181AA")]
    public void Payloads_that_do_not_parse_are_counted_and_break_their_picture(string hex)
    {
        Send(0, GeneratedMedia.Video("h265")[0]);
        _feed.Send(3000, hex, marker: true);
        Assert.Single(_feed.Frames);
        Assert.Equal((1, 1), (_depacketizer.MalformedPackets, _depacketizer.DroppedFrames));
    }

    private static byte[] Stored(IEnumerable<byte[]> nals) => [.. nals.SelectMany(nal => (byte[])[0, (byte)(nal.Length >> 16), (byte)(nal.Length >> 8), (byte)nal.Length, .. nal])];

    private void SendSets()
    {
        foreach (byte[] nal in GeneratedMedia.NalUnits(GeneratedMedia.Video("h265")[0]).Where(nal => nal[0] >> 1 is >= 32 and <= 34))
        {
            _feed.Send(0, nal);
        }
    }

    private void Send(long timestamp, byte[] unit)
    {
        List<byte[]> payloads = CodecPackets.Split("h265", unit, 0);
        for (int i = 0; i < payloads.Count; i++)
        {
            _feed.Send(timestamp, payloads[i], marker: i == payloads.Count - 1);
        }
    }
}
