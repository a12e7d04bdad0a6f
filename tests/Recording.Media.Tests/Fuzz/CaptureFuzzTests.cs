using System.Buffers.Binary;
using System.Text;
using Recording.Media.Captures;
using Recording.Media.Captures.Import;
using Recording.Media.Tests.Rtp;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Tests.Fuzz;

public sealed class CaptureFuzzTests
{
    private const int Files = 30_000;
    private const int Surveys = 4_000;
    private const int Descriptions = 20_000;
    private const long AllocationLimit = 4 << 20;

    private static readonly byte[] _rtp = RtpBytes.Packet(5, 960, 77, payload: [1, 2, 3, 4, 5, 6]);
    private static readonly PayloadFormat[] _map = [new PayloadFormat { Pt = 96, Codec = "vp8", ClockRate = 90_000 }];

    [Fact]
    public void Mutated_captures_are_read_to_their_end_or_refused_in_bounded_memory()
    {
        byte[][] seeds = [.. Seeds()];
        var mutator = new Mutator(20_261_125);
        long packets = 0;
        long refused = 0;
        for (int i = 0; i < Files; i++)
        {
            byte[] file = mutator.Mutate(seeds[i % seeds.Length]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                CaptureReader reader = CaptureReader.Open(new MemoryStream(file));
                int count = 0;
                while (reader.Read())
                {
                    count++;
                    Assert.InRange(reader.Payload.Length, 0, 65_535);
                }

                Assert.InRange(count, 0, file.Length);
                packets += count;
            }
            catch (RecordingException exception)
            {
                Assert.Equal(RecordingErrorCode.ProtocolViolation, exception.Code);
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocationLimit);
        }

        // Both ways must have been walked, or the test shows nothing.
        Assert.InRange(packets, Files / 4, Files * 20L);
        Assert.InRange(refused, Files / 200, Files);
    }

    [Fact]
    public void Mutated_captures_are_sorted_into_tracks_or_refused()
    {
        byte[][] seeds = [.. Seeds()];
        var mutator = new Mutator(7);
        int sorted = 0;
        for (int i = 0; i < Surveys; i++)
        {
            byte[] file = mutator.Mutate(seeds[i % seeds.Length]);
            try
            {
                CaptureSurvey survey = CaptureSurvey.Run([new CaptureSource("fuzz", () => new MemoryStream(file), [])], new CaptureImportOptions { Map = _map });
                Assert.All(survey.Tracks, track => Assert.True(track.FirstUs <= track.LastUs && track.Ssrcs.Count > 0));
                sorted++;
            }
            catch (RecordingException exception)
            {
                Assert.Equal(RecordingErrorCode.ProtocolViolation, exception.Code);
            }
        }

        Assert.InRange(sorted, Surveys / 10, Surveys - (Surveys / 50));
    }

    [Fact]
    public void Mutated_descriptions_parse()
    {
        byte[] seed = Encoding.ASCII.GetBytes(
            "v=0\r\nm=video 5004 RTP/AVP 96 97\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=extmap:1/sendonly urn:x\r\na=ssrc-group:FID 1 2\r\na=ssrc:1 cname:a\r\na=ssrc:1 msid:s t\r\na=rid:q send\r\na=simulcast:send q;h\r\na=rtcp:9\r\n");
        var mutator = new Mutator(8);
        int sections = 0;
        for (int i = 0; i < Descriptions; i++)
        {
            foreach (SdpMediaDescription media in SdpParser.Parse(Encoding.Latin1.GetString(mutator.Mutate(seed))))
            {
                sections++;
                Assert.All(media.PayloadTypes, type => Assert.InRange(type.Pt, 0u, 127u));
                media.ToTrackFormat();
            }
        }

        Assert.InRange(sections, Descriptions / 2, 3 * Descriptions);
    }

    [Fact]
    public void Noise_of_thousands_of_sources_takes_bounded_memory_and_hides_no_stream()
    {
        using var file = new MemoryStream();
        file.Write(Convert.FromHexString("d4c3b2a1020004000000000000000000ffff000001000000"));
        byte[] packet = [.. _rtp];
        for (int i = 0; i < 60_000; i++)
        {
            bool isStream = i % 3 == 0;
            packet[1] = (byte)(isStream ? 96 : 3 + (i % 60));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)(i / 3));
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), isStream ? 77u : (uint)(i * 7919));
            byte[] frame = Frame(packet);
            byte[] header = new byte[16];
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(0), 1_700_000_000);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), frame.Length);
            file.Write(header);
            file.Write(frame);
        }

        byte[] bytes = file.ToArray();
        CaptureSurvey survey = CaptureSurvey.Run([new CaptureSource("noise", () => new MemoryStream(bytes), [])], new CaptureImportOptions { Map = _map });

        CapturedTrack track = Assert.Single(survey.Tracks);
        Assert.Equal(77u, Assert.Single(track.Ssrcs));
        Assert.InRange(survey.LeftOut.Count, 1, 4096);
        Assert.NotEqual(0, survey.Counts.BeyondLimit);
    }

    private static IEnumerable<byte[]> Seeds()
    {
        byte[] frame = Frame(_rtp);
        byte[] vlan = [.. frame[..12], 0x81, 0, 0, 5, .. frame[12..]];
        byte[][] parts = [Fragment(0, true), Fragment(16, false)];
        yield return Pcap(0xA1B2C3D4, bigEndian: false, frame, vlan, frame);
        yield return Pcap(0xA1B23C4D, bigEndian: true, frame, parts[0], parts[1]);
        yield return Convert.FromHexString("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c00000001000000140000000100000000000000140000000600000060000000000000000000000000000000")
            .Concat(frame).Concat(new byte[64]).ToArray();
        yield return [.. "#!rtpplay1.0 10.0.0.2/5004\n"u8, .. new byte[16], 0, (byte)(_rtp.Length + 8), 0, (byte)_rtp.Length, 0, 0, 0, 20, .. _rtp];
        byte[] json = """{"t":"v","c":"vp8","f":"a=b","x":{"1":"urn:x"},"s":1750000000000000,"u":1750000000000000,"or":63}"""u8.ToArray();
        yield return [.. "MJR00002"u8, 0, (byte)json.Length, .. json, .. Record([.. "MEET"u8, 0, 0, 0, 1]), .. Record([.. "MEET"u8, 0, 0, 0, 9])];
        yield return [.. "MEETECHO"u8, 0, 5, .. "video"u8, .. Record("MEETECHO"u8), .. Record("MEETECHO"u8)];
        yield return [.. "BRTP"u8, 1, 96, 0, 0, 0, 0, 0, 77, .. "vp8"u8, .. new byte[5 + 12], .. Record([0, 0, 1, 0x97, 0x72, 0xC2, 0, 0]), .. Record([0, 0, 1, 0x97, 0x72, 0xC2, 0, 9])];
    }

    private static byte[] Record(ReadOnlySpan<byte> head) => [.. head, 0, (byte)_rtp.Length, .. _rtp];

    private static byte[] Frame(byte[] payload)
    {
        byte[] ip = new byte[28];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(2), (ushort)(ip.Length + payload.Length));
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(20), 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(22), 5004);
        BinaryPrimitives.WriteUInt16BigEndian(ip.AsSpan(24), (ushort)(8 + payload.Length));
        return [.. new byte[12], 0x08, 0x00, .. ip, .. payload];
    }

    private static byte[] Fragment(int at, bool more)
    {
        byte[] whole = Frame(_rtp);
        byte[] udp = whole[34..];
        byte[] part = more ? udp[at..16] : udp[at..];
        byte[] head = whole[..34];
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(16), (ushort)(20 + part.Length));
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(20), (ushort)((more ? 0x2000 : 0) | (at / 8)));
        return [.. head, .. part];
    }

    private static byte[] Pcap(uint magic, bool bigEndian, params byte[][] frames)
    {
        byte[] Word(uint value)
        {
            byte[] bytes = BitConverter.GetBytes(value);
            return bigEndian ? [.. bytes.Reverse()] : bytes;
        }

        byte[] version = bigEndian ? [0, 2, 0, 4] : [2, 0, 4, 0];
        return
        [
            .. Word(magic), .. version, .. new byte[8], .. Word(65_535), .. Word(1),
            .. frames.SelectMany(frame => (byte[])[.. Word(1_750_000_000), .. Word(5), .. Word((uint)frame.Length), .. Word((uint)frame.Length), .. frame]),
        ];
    }
}
