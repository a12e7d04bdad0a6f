using System.Buffers.Binary;
using FsCheck.Xunit;
using Recording.Media.Captures;
using Recording.Media.Tests.Support;
using Recording.Model;

namespace Recording.Media.Tests.Captures;

public class CaptureReaderTests
{
    private static readonly byte[] Payload = [0x80, 0x60, 1, 2, 3];

    // IPv4 10.0.0.1:40000 > 10.0.0.2:5004, UDP, then the payload.
    private static readonly byte[] Ipv4 =
    [
        0x45, 0, 0, 33, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0x9C, 0x40, 0x13, 0x8C, 0, 13, 0, 0, .. Payload,
    ];

    private static readonly byte[] Ipv6 =
    [
        0x60, 0, 0, 0, 0, 21, 0, 64, .. new byte[32], 17, 0, 0, 0, 0, 0, 0, 0,
        0x9C, 0x40, 0x13, 0x8C, 0, 13, 0, 0, .. Payload,
    ];

    public static TheoryData<int, byte[]> Frames => new()
    {
        { 1, [.. new byte[12], 0x08, 0x00, .. Ipv4, 0, 0, 0] },
        { 1, [.. new byte[12], 0x81, 0x00, 0, 5, 0x08, 0x00, .. Ipv4] },
        { 1, [.. new byte[12], 0x86, 0xDD, .. Ipv6] },
        { 101, Ipv4 },
        { 101, Ipv6 },
        { 113, [.. new byte[14], 0x08, 0x00, .. Ipv4] },
        { 276, [0x08, 0x00, .. new byte[18], .. Ipv4] },
        { 0, [2, 0, 0, 0, .. Ipv4] },
    };

    public static TheoryData<byte[]> NoDatagrams => new()
    {
        (byte[])[.. new byte[12], 0x08, 0x06, .. Ipv4],
        (byte[])[.. new byte[12], 0x08, 0x00, .. Ipv4[..^1]],
        (byte[])[.. new byte[12], 0x08, 0x00, .. Ipv4[..6], 0x20, .. Ipv4[7..]],
        (byte[])[.. new byte[12], 0x08, 0x00, .. Ipv4[..9], 6, .. Ipv4[10..]],
        (byte[])[1, 2, 3],
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void Udp_payloads_are_found_behind_every_link_layer(int linkType, byte[] frame)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcap(linkType, frame)));
        Assert.True(reader.Read());
        Assert.Equal(Payload, reader.Payload.ToArray());
        Assert.Equal((40000, 5004), (reader.SourcePort, reader.DestinationPort));
        Assert.False(reader.Read());
        Assert.Null(reader.Defect);
    }

    [Theory]
    [MemberData(nameof(NoDatagrams))]
    public void Frames_without_a_whole_datagram_are_counted_and_passed_over(byte[] frame)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcap(1, frame)));
        Assert.False(reader.Read());
        Assert.Null(reader.Defect);
        Assert.Equal(1, reader.Skipped);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap_times_are_read_in_both_byte_orders_and_units(bool bigEndian, bool nanoseconds)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcap(101, Ipv4, bigEndian, nanoseconds)));
        Assert.True(reader.Read());
        Assert.Equal("pcap", reader.Format);
        Assert.Equal(1_700_000_000_123_456, reader.TimeUs);
    }

    [Theory]
    [InlineData(false, null, 1_700_000_000_123_456UL)]
    [InlineData(true, (byte)9, 1_700_000_000_123_456_789UL)]
    [InlineData(false, (byte)3, 1_700_000_000_123UL)]
    [InlineData(true, (byte)0x8A, 1_740_800_000_126UL)]
    public void Pcapng_times_follow_the_interface_resolution(bool bigEndian, byte? resolution, ulong ticks)
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcapng(bigEndian, resolution, ticks, simple: false)));
        Assert.True(reader.Read());
        Assert.Equal("pcapng", reader.Format);
        Assert.InRange(reader.TimeUs, 1_700_000_000_122_000, 1_700_000_000_123_456);
        Assert.Equal(Payload, reader.Payload.ToArray());
        Assert.False(reader.Read());
        Assert.Null(reader.Defect);
    }

    [Fact]
    public void Pcapng_simple_packets_are_read_though_they_have_no_time()
    {
        CaptureReader reader = CaptureReader.Open(new MemoryStream(Pcapng(false, null, 0, simple: true)));
        Assert.True(reader.Read());
        Assert.Equal(Payload, reader.Payload.ToArray());
    }

    [Fact]
    public void Rtpdump_records_have_times_from_the_start_of_the_file()
    {
        byte[] file =
        [
            .. "#!rtpplay1.0 10.0.0.2/5004\n"u8,
            0x65, 0x53, 0xF1, 0x00, 0, 0, 0, 7, 10, 0, 0, 2, 0x13, 0x8C, 0, 0,
            0, 13, 0, 5, 0, 0, 0, 20, .. Payload,
        ];
        CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        Assert.True(reader.Read());
        Assert.Equal("rtpdump", reader.Format);
        Assert.Equal(1_700_000_000_020_007, reader.TimeUs);
        Assert.Equal(5004, reader.DestinationPort);
        Assert.Equal(Payload, reader.Payload.ToArray());
        Assert.False(reader.Read());
        Assert.Null(reader.Defect);
    }

    [Fact]
    public void A_file_cut_short_gives_what_is_whole_and_says_so()
    {
        byte[] file = Pcap(101, Ipv4);
        for (int length = 24; length < file.Length; length++)
        {
            CaptureReader reader = CaptureReader.Open(new MemoryStream(file, 0, length));
            Assert.False(reader.Read());
            Assert.Equal(length > 24, reader.Defect is not null);
        }
    }

    [Fact]
    public void Other_files_are_refused()
    {
        Assert.Equal(RecordingErrorCode.ProtocolViolation, Assert.Throws<RecordingException>(() => CaptureReader.Open(new MemoryStream("RIFF...."u8.ToArray()))).Code);
        Assert.Throws<RecordingException>(() => CaptureReader.Open(new MemoryStream([])));
        Assert.Contains("compressed", Assert.Throws<RecordingException>(() => CaptureReader.Open(new MemoryStream([0x1F, 0x8B, 8, 0]))).Message, StringComparison.Ordinal);
    }

    [Property(MaxTest = 500)]
    public void Damaged_files_never_throw(byte[] noise, int at, byte format)
    {
        byte[] file = (format % 4) switch
        {
            0 => Pcap(1, [.. new byte[12], 0x08, 0x00, .. Ipv4]),
            1 => Pcapng(true, 9, 5, simple: false),
            2 => Pcapng(false, null, 5, simple: true),
            _ => [.. "#!rtpplay1.0 10.0.0.2/5004\n"u8, .. new byte[16], 0, 13, 0, 5, 0, 0, 0, 20, .. Payload],
        };
        for (int i = 0; i < noise.Length; i++)
        {
            file[4 + (int)((uint)(at + (i * 7)) % (uint)(file.Length - 4))] = noise[i];
        }

        CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
        int count = 0;
        while (reader.Read())
        {
            Assert.True(++count < 100);
        }
    }

    [SharedDataTheory]
    [InlineData("browser/vp8-opus.pcap", 9443)]
    [InlineData("browser/opus-dtx-vp8.pcap", 1429)]
    [InlineData("browser/ms-vp8-pauses.pcap", 3975)]
    [InlineData("browser/vp8-events.pcap", 7416)]
    public void Every_datagram_of_a_real_capture_is_read(string file, int datagrams)
    {
        using FileStream stream = File.OpenRead(SharedData.PathOf(file));
        CaptureReader reader = CaptureReader.Open(stream);
        int count = 0;
        while (reader.Read())
        {
            count++;
        }

        Assert.Null(reader.Defect);
        Assert.Equal(datagrams, count);
    }

    [SharedDataFact]
    public void A_real_rtpdump_is_read_to_its_end()
    {
        using FileStream stream = File.OpenRead(SharedData.PathOf("public/rtptools/bark.rtp"));
        CaptureReader reader = CaptureReader.Open(stream);
        int count = 0;
        while (reader.Read())
        {
            count++;
        }

        Assert.Null(reader.Defect);
        Assert.True(count > 5, $"{count} records");
    }

    private static byte[] Pcap(int linkType, byte[] frame, bool bigEndian = false, bool nanoseconds = false) =>
    [
        .. U32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, bigEndian), .. U16(2, bigEndian), .. U16(4, bigEndian), .. new byte[8],
        .. U32(65535, bigEndian), .. U32((uint)linkType, bigEndian),
        .. U32(1_700_000_000, bigEndian), .. U32(nanoseconds ? 123_456_789u : 123_456u, bigEndian),
        .. U32((uint)frame.Length, bigEndian), .. U32((uint)frame.Length, bigEndian), .. frame,
    ];

    private static byte[] Pcapng(bool bigEndian, byte? resolution, ulong ticks, bool simple)
    {
        byte[] options = resolution is byte r ? [.. U16(9, bigEndian), .. U16(1, bigEndian), r, 0, 0, 0, .. new byte[4]] : [];
        byte[] padded = [.. Ipv4, .. new byte[(4 - (Ipv4.Length % 4)) % 4]];
        byte[] packet = simple
            ? [.. U32((uint)Ipv4.Length, bigEndian), .. padded]
            : [.. U32(0, bigEndian), .. U32((uint)(ticks >> 32), bigEndian), .. U32((uint)ticks, bigEndian),
                .. U32((uint)Ipv4.Length, bigEndian), .. U32((uint)Ipv4.Length, bigEndian), .. padded];
        return
        [
            .. Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D, bigEndian), .. U16(1, bigEndian), .. U16(0, bigEndian), .. new byte[8]], bigEndian),
            .. Block(1, [.. U16(101, bigEndian), 0, 0, .. U32(0, bigEndian), .. options], bigEndian),
            .. Block(0x0BAD, [1, 2, 3, 4], bigEndian),
            .. Block(simple ? 3u : 6u, packet, bigEndian),
        ];
    }

    private static byte[] Block(uint type, byte[] body, bool bigEndian) =>
        [.. U32(type, bigEndian), .. U32((uint)body.Length + 12, bigEndian), .. body, .. U32((uint)body.Length + 12, bigEndian)];

    private static byte[] U32(uint value, bool bigEndian)
    {
        byte[] bytes = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        return bytes;
    }

    private static byte[] U16(ushort value, bool bigEndian) => bigEndian ? [(byte)(value >> 8), (byte)value] : [(byte)value, (byte)(value >> 8)];
}
