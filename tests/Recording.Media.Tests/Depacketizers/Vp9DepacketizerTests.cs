using Recording.Media.Depacketizers;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class Vp9DepacketizerTests
{
    // Frames of a real L3T3_KEY stream: uncompressed headers of a key picture (320x180, then 640x360 and 1280x720 by inter-layer prediction) and of an
    // inter picture, cut behind their compressed headers' sizes.
    private static readonly byte[][] Key = [.. Captured(0)];
    private static readonly byte[][] Inter = [.. Captured(1)];

    private readonly Vp9Depacketizer _depacketizer = new();
    private readonly PacketFeed _feed;
    private int _lost;

    public Vp9DepacketizerTests() => _feed = new PacketFeed(_depacketizer);

    public static TheoryData<string, int, int?, bool, int, int?, bool, byte?, string> Descriptors => new()
    {
        // no option at all; B and E
        { "0C" + "AA", 1, null, false, 0, null, false, null, "" },
        // 7-bit and 15-bit PictureID
        { "8C" + "7F" + "AA", 2, 0x7F, false, 0, null, false, null, "" },
        { "8C" + "9234" + "AA", 3, 0x1234, false, 0, null, false, null, "" },
        // layer indices in non-flexible mode bring TL0PICIDX: TID 1, U, SID 2, D
        { "AC" + "8001" + "35" + "C8" + "AA", 5, 1, false, 2, 1, true, 200, "" },
        // flexible mode: none, but P_DIFFs; N = 1 means another follows
        { "FC" + "8002" + "B4" + "03" + "04" + "AA", 6, 2, true, 2, 5, false, null, "1,2" },
        { "DC" + "8002" + "FF" + "FF" + "FE" + "AA", 6, 2, true, 0, null, false, null, "127,127,127" },
        // scalability structures: three sizes; a group of two pictures with 0 and 2 references
        { "8E" + "8001" + "50" + "014000B4" + "02800168" + "050002D0" + "AA", 16, 1, false, 0, null, false, null, "" },
        { "8E" + "8001" + "08" + "02" + "00" + "28" + "0102" + "AA", 9, 1, false, 0, null, false, null, "" },
    };

    [Theory]
    [MemberData(nameof(Descriptors))]
    public void Descriptor_fields_are_read_as_the_figure_shows(
        string hex, int length, int? pictureId, bool predicted, int spatial, int? temporal, bool switchingOrInter, byte? tl0, string references)
    {
        Assert.True(Vp9Descriptor.TryParse(Convert.FromHexString(hex), out Vp9Descriptor descriptor));
        Assert.Equal(length, descriptor.Length);
        Assert.Equal(pictureId, descriptor.PictureId);
        Assert.Equal(predicted, descriptor.IsPredicted);
        Assert.Equal(spatial, descriptor.SpatialId);
        Assert.Equal(temporal, descriptor.TemporalId);
        Assert.Equal(switchingOrInter, descriptor.IsSwitchingUp && descriptor.IsInterLayer);
        Assert.Equal(tl0, descriptor.Tl0PicIdx);
        Assert.Equal(references, string.Join(',', Enumerable.Range(0, descriptor.ReferenceCount).Select(descriptor.Reference)));
        Assert.True(descriptor.StartsLayer && descriptor.EndsLayer);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0C")]
    [InlineData("8C")]
    [InlineData("8C80")]
    [InlineData("8C8001")]
    [InlineData("AC800135")]
    [InlineData("AC800135C8")]
    [InlineData("DC800203")]
    [InlineData("DC80020303030202AA")]
    [InlineData("8E8001")]
    [InlineData("8E800150014000B4")]
    [InlineData("8E800108FF00")]
    public void A_descriptor_cut_short_or_with_too_many_references_is_refused(string hex)
    {
        Assert.False(Vp9Descriptor.TryParse(Convert.FromHexString(hex), out _));
    }

    [Fact]
    public void A_picture_of_one_layer_is_its_packets_joined()
    {
        byte[] key = GeneratedMedia.Video("vp9")[0];
        _feed.Send(0, [0x88, 0x80, 1, .. key[..10]]);
        _feed.Send(0, [0x80, 0x80, 1, .. key[10..20]]);
        _feed.Send(0, [0x84, 0x80, 1, .. key[20..]], marker: true);
        CollectedFrame frame = Assert.Single(_feed.Frames);
        Assert.Equal(key, frame.Data);
        Assert.Equal((true, true, 320, 180), (frame.IsKeyframe, frame.IsVisible, frame.Width, frame.Height));
    }

    [Fact]
    public void Layers_become_a_superframe_of_which_only_the_highest_is_shown()
    {
        SendKeyPicture(1);
        SendPicture(2, 1);
        Assert.Equal(2, _feed.Frames.Count);
        Assert.Equal((1280, 720, true), (_feed.Frames[0].Width, _feed.Frames[0].Height, _feed.Frames[0].IsKeyframe));
        Assert.Equal((1280, 720, false), (_feed.Frames[1].Width, _feed.Frames[1].Height, _feed.Frames[1].IsKeyframe));

        byte[] data = _feed.Frames[1].Data;
        int[] sizes = Sizes(data);
        Assert.Equal(3, sizes.Length);
        Assert.Equal(data.Length, sizes.Sum() + 14);

        // 0x87: marker, profile 0, inter frame, shown, error resilient; hidden frames are one bit longer.
        Assert.Equal(0x85, data[0]);
        Assert.Equal(0x85, data[sizes[0]]);
        Assert.Equal(0x87, data[sizes[0] + sizes[1]]);
        Assert.Equal(Inter[2], data.AsSpan(sizes[0] + sizes[1], sizes[2]).ToArray());
        Assert.Equal(0, data[1] & 0x80);
        Assert.Equal(0x81, _feed.Frames[0].Data[0]);
    }

    [Fact]
    public void A_layer_that_is_lost_is_not_shown_until_it_can_be_decoded_again()
    {
        SendKeyPicture(1);
        SendPicture(2, 1, lose: 2);
        SendPicture(3, 1);
        SendPicture(4, 3);
        SendPicture(5, 1, lose: 1);
        SendPicture(6, 2);
        Assert.Equal([1280, 640, 640, 1280, 1280, 1280], _feed.Frames.Select(frame => frame.Width));
        Assert.True(_feed.Frames[2].FollowsLoss);
        Assert.Equal(0, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void Without_the_base_layer_nothing_is_shown_up_to_the_next_key_picture()
    {
        SendKeyPicture(1);
        for (int layer = 0; layer < 3; layer++)
        {
            _feed.Send(9000, Packet(layer, 2, 1, Inter[layer][..20], ends: false), marker: layer == 2, lostBefore: 1);
        }

        SendPicture(3, 1);
        SendPicture(4, 3);
        SendKeyPicture(5);
        Assert.Equal([1, 4, 5], _feed.Frames.Select(frame => frame.Timestamp / 4500));
        Assert.Equal(2, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void In_the_other_mode_upper_temporal_layers_may_be_missing()
    {
        // One spatial layer, TID and TL0PICIDX: pictures 2 (T2), 3 (T1), 4 (T2), 5 (T0).
        byte[] inter = GeneratedMedia.Video("vp9")[1];
        _feed.Send(0, [0xAC, 0x80, 1, 0x00, 10, .. GeneratedMedia.Video("vp9")[0]], marker: true);
        Send(3, temporal: 1, switching: false, tl0: 10, lost: 1);
        Send(4, temporal: 2, switching: true, tl0: 10);
        Send(5, temporal: 0, switching: true, tl0: 11);
        Send(6, temporal: 2, switching: true, tl0: 11);
        Send(8, temporal: 0, switching: false, tl0: 13, lost: 1);
        Send(9, temporal: 0, switching: false, tl0: 14);
        Assert.Equal([0, 5, 6], _feed.Frames.Select(frame => frame.Timestamp / 4500));
        Assert.Equal(4, _depacketizer.DroppedFrames);

        void Send(int id, int temporal, bool switching, byte tl0, int lost = 0) => _feed.Send(
            id * 4500, [0xEC, 0x80, (byte)id, (byte)((temporal << 5) | (switching ? 0x10 : 0)), tl0, .. inter], marker: true, lostBefore: lost);
    }

    [Fact]
    public void Independent_layers_are_not_mixed()
    {
        byte[] small = GeneratedMedia.Video("vp9")[0];
        byte[] large = GeneratedMedia.Video("vp9", 640, 360)[0];
        _feed.Send(0, [0xBC, 0x80, 1, 0x00, .. small]);
        _feed.Send(0, [0xBC, 0x80, 1, 0x02, .. large], marker: true);
        _feed.Send(4500, [0xFC, 0x80, 2, 0x00, 0x02, .. GeneratedMedia.Video("vp9")[1]]);
        _feed.Send(4500, [0xFC, 0x80, 2, 0x02, 0x02, .. GeneratedMedia.Video("vp9", 640, 360)[1]], marker: true);
        Assert.Equal([large, GeneratedMedia.Video("vp9", 640, 360)[1]], _feed.Frames.Select(frame => frame.Data));
    }

    [Fact]
    public void A_picture_without_its_start_or_end_is_dropped()
    {
        byte[] key = GeneratedMedia.Video("vp9")[0];
        _feed.Send(0, [0x84, 0x80, 1, .. key], marker: true);
        _feed.Send(4500, [0x88, 0x80, 2, .. key], marker: true);
        _feed.Send(9000, "8C80");
        Assert.Empty(_feed.Frames);
        Assert.Equal((2, 1), (_depacketizer.DroppedFrames, _depacketizer.MalformedPackets));
    }

    private static IEnumerable<byte[]> Captured(int picture)
    {
        string[][] headers =
        [
            ["834983420013F00B3827F8167858E0907063980008805F61F8DFFC2F", "8702020004FE02CF04FF02CFB291C120E0CB80000A807F91E42862EE", "8704240009FE059EB2A1C120E0CB90000CC07F1DF41DC69256E7CCEA"],
            ["87000000027E016704FF02CF3001C120E0CC8000058073B5A0044D29", "8700200004FE02CF04FF02CF3361C120E0CC800005C07EA1EE378796", "8700400009FE059E3361C120E0CC80000A007E9FDC6A4A71D7FBBF23"],
        ];
        foreach (string header in headers[picture])
        {
            yield return [.. Convert.FromHexString(header), .. Enumerable.Repeat((byte)0x5A, 40)];
        }
    }

    private static byte[] Packet(int layer, int id, int difference, byte[] data, bool ends = true)
    {
        bool isKey = difference == 0;
        int first = 0xB0 | (isKey ? 0 : 0x40) | 0x08 | (ends ? 0x04 : 0);
        byte[] references = isKey ? [] : [(byte)(difference << 1)];
        return [(byte)first, 0x80, (byte)id, (byte)(0x10 | (layer << 1) | (isKey && layer > 0 ? 1 : 0)), .. references, .. data];
    }

    private static int[] Sizes(byte[] superframe)
    {
        int count = (superframe[^1] & 7) + 1;
        int index = superframe.Length - 2 - (4 * count);
        Assert.Equal(superframe[^1], superframe[index]);
        return [.. Enumerable.Range(0, count).Select(i => BitConverter.ToInt32(superframe, index + 1 + (4 * i)))];
    }

    private void SendKeyPicture(int id)
    {
        for (int layer = 0; layer < 3; layer++)
        {
            _feed.Send(id * 4500, Packet(layer, id, 0, Key[layer]), marker: layer == 2);
        }
    }

    private void SendPicture(int id, int difference, int? lose = null)
    {
        for (int layer = 0; layer < 3; layer++)
        {
            if (layer == lose)
            {
                _lost++;
                continue;
            }

            _feed.Send(id * 4500, Packet(layer, id, difference, Inter[layer]), marker: layer == 2, lostBefore: _lost);
            _lost = 0;
        }
    }
}
