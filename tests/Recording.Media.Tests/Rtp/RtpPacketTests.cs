using FsCheck.Xunit;
using Recording.Media.Rtp;

namespace Recording.Media.Tests.Rtp;

public sealed class RtpPacketTests
{
    [Fact]
    public void Fixed_header_fields_are_read()
    {
        byte[] data = RtpBytes.Hex("80 e0 1234 89abcdef deadbeef 0a0b0c");

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out RtpDefect defect));

        Assert.Equal(RtpDefect.None, defect);
        Assert.Equal(96, packet.PayloadType);
        Assert.True(packet.Marker);
        Assert.Equal(0x1234, packet.SequenceNumber);
        Assert.Equal(0x89abcdefu, packet.Timestamp);
        Assert.Equal(0xdeadbeefu, packet.Ssrc);
        Assert.Equal([0x0a, 0x0b, 0x0c], packet.Payload.ToArray());
        Assert.Equal(12, packet.HeaderLength);
        Assert.Equal(0, packet.PaddingLength);
        Assert.Equal(0, packet.CsrcCount);
        Assert.False(packet.HasExtension);
    }

    [Fact]
    public void Csrcs_extension_and_padding_are_not_payload()
    {
        byte[] data = RtpBytes.Hex("b2 60 0001 00000002 00000003 0000000a 0000000b bede0001 10aa0000 ff 000002");
        data[^1] = 3;

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out _));

        Assert.Equal(2, packet.CsrcCount);
        Assert.Equal(RtpPacket.OneByteProfile, packet.ExtensionProfile);
        Assert.Equal(28, packet.HeaderLength);
        Assert.Equal(3, packet.PaddingLength);
        Assert.Equal([0xff], packet.Payload.ToArray());
    }

    [Fact]
    public void Padding_only_packet_has_an_empty_payload()
    {
        byte[] data = RtpBytes.Packet(1, payload: [], padding: 255);

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out _));

        Assert.True(packet.Payload.IsEmpty);
        Assert.Equal(255, packet.PaddingLength);
    }

    [Theory]
    [InlineData("", RtpDefect.TooShort)]
    [InlineData("80 60 0001 00000002 000000", RtpDefect.TooShort)]
    [InlineData("40 60 0001 00000002 00000003", RtpDefect.BadVersion)]
    [InlineData("c0 60 0001 00000002 00000003", RtpDefect.BadVersion)]
    [InlineData("81 60 0001 00000002 00000003 000000", RtpDefect.TruncatedCsrcs)]
    [InlineData("90 60 0001 00000002 00000003 bede00", RtpDefect.TruncatedExtension)]
    [InlineData("90 60 0001 00000002 00000003 bede0001 000000", RtpDefect.TruncatedExtension)]
    [InlineData("a0 60 0001 00000002 00000003 0000", RtpDefect.BadPadding)]
    [InlineData("a0 60 0001 00000002 00000003 0003", RtpDefect.BadPadding)]
    [InlineData("a0 60 0001 00000002 00000000", RtpDefect.BadPadding)]
    public void Broken_packet_is_refused_with_its_defect(string hex, RtpDefect expected)
    {
        Assert.False(RtpPacket.TryParse(RtpBytes.Hex(hex), out _, out RtpDefect defect));
        Assert.Equal(expected, defect);
    }

    [Theory]
    // One-byte form: id 1 of 1 byte, two bytes of padding inside, id 2 of 3 bytes, padding.
    [InlineData("bede0002 10aa 0000 22 010203", 1, "aa")]
    [InlineData("bede0002 10aa 0000 22 010203", 2, "010203")]
    // Two-byte form with free low bits in the profile; an empty element.
    [InlineData("10050002 0100 00 ff02abcd 00", 1, "")]
    [InlineData("10050002 0100 00 ff02abcd 00", 255, "abcd")]
    public void Extension_element_is_found(string extension, int id, string expected)
    {
        byte[] data = RtpBytes.Hex("90 60 0001 00000002 00000003" + extension);

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out _));

        Assert.True(packet.TryGetExtension(id, out ReadOnlySpan<byte> value));
        Assert.Equal(expected, Convert.ToHexStringLower(value));
    }

    [Theory]
    [InlineData("bede0001 10aa0000", 2)]
    // Id 15 ends the one-byte form; an id of 0 with a length does too.
    [InlineData("bede0002 f0aa10bb 00000000", 1)]
    [InlineData("bede0002 00000000 02 aa10bb", 1)]
    // The element reaches over the end.
    [InlineData("bede0001 1faabbcc", 1)]
    [InlineData("10000001 0109aabb", 1)]
    [InlineData("10000001 00000001", 1)]
    // A profile of some other kind holds no elements.
    [InlineData("abcd0001 10aa0000", 1)]
    public void Extension_element_that_is_not_there_is_not_found(string extension, int id)
    {
        byte[] data = RtpBytes.Hex("90 60 0001 00000002 00000003" + extension);

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out _));

        Assert.False(packet.TryGetExtension(id, out _));
    }

    [Theory]
    [InlineData("80 c8 0006", true)]
    [InlineData("80 c0 0006", true)]
    [InlineData("80 df 0006", true)]
    [InlineData("80 bf 0006", false)]
    [InlineData("80 e0 0006", false)]
    [InlineData("00 c8 0006", false)]
    [InlineData("80 c8", false)]
    public void Rtcp_is_told_by_version_and_second_byte(string hex, bool expected) =>
        Assert.Equal(expected, Rtcp.IsRtcp(RtpBytes.Hex(hex)));

    [Fact]
    public void Sender_report_has_the_layout_of_the_rfc()
    {
        var report = new SenderReport(0x01020304, 0x1112131415161718, 0x21222324, 0x31323334, 0x41424344);
        byte[] data = new byte[SenderReport.Length];

        Assert.Equal(28, report.Write(data));

        Assert.Equal("80c800060102030411121314151617182122232431323334" + "41424344", Convert.ToHexStringLower(data));
        Assert.True(Rtcp.IsRtcp(data));
    }

    [Fact]
    public void Other_rtcp_is_no_sender_report()
    {
        byte[] data = new byte[28];
        data[0] = 0x80;
        data[1] = 201;

        Assert.False(SenderReport.TryParse(data, out _));
        Assert.False(SenderReport.TryParse(data.AsSpan(0, 27), out _));
    }

    [Property]
    public bool Sender_report_survives_writing_and_parsing(uint ssrc, ulong ntp, uint timestamp, uint packets, uint octets)
    {
        var report = new SenderReport(ssrc, ntp, timestamp, packets, octets);
        byte[] data = new byte[SenderReport.Length];
        report.Write(data);
        return SenderReport.TryParse(data, out SenderReport parsed) && parsed == report;
    }

    [Property]
    public bool Parts_of_any_packet_add_up_to_its_length(byte[] tail, byte first)
    {
        byte[] data = [(byte)(0x80 | (first & 0x3f)), 96, .. tail];
        return !RtpPacket.TryParse(data, out RtpPacket packet, out RtpDefect defect)
            ? defect != RtpDefect.None
            : packet.HeaderLength + packet.Payload.Length + packet.PaddingLength == data.Length;
    }
}
