using FsCheck.Xunit;
using Recording.Media.Playback;
using Recording.Media.Rtp;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Playback;

public class TrackPlaybackTests
{
    private const uint Ssrc = 0x1000;
    private const long Start = SimulatedSender.EpochUs;

    [Property(MaxTest = 100)]
    public void Shuffled_and_repeated_packets_come_out_once_and_in_order(int seed)
    {
        Random random = new(seed);
        ushort firstSequence = (ushort)random.Next();
        uint firstTimestamp = (uint)random.NextInt64();
        int count = 200;
        List<(double At, int Number)> arrivals = [];
        for (int i = 0; i < count; i++)
        {
            arrivals.Add(((i * 20) + (random.NextDouble() * 150), i));
            if (random.Next(4) == 0)
            {
                arrivals.Add(((i * 20) + (random.NextDouble() * 400), i));
            }
        }

        TrackFileBuilder builder = new("audio", TrackFileBuilder.Opus());
        foreach ((double at, int number) in arrivals.OrderBy(arrival => arrival.At))
        {
            builder.Add(Start + (long)(at * 1000), RtpBytes.Packet(Ssrc, 111, (ushort)(firstSequence + number), firstTimestamp + ((uint)number * 960), [0xFC, (byte)number]));
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(Enumerable.Range(0, count), seen.Select(packet => (int)packet.Payload[1]));
        Assert.Equal(Enumerable.Range(0, count).Select(i => seen[0].Sequence + i), seen.Select(packet => packet.Sequence));
        Assert.Equal(Enumerable.Range(0, count).Select(i => seen[0].Timestamp + (i * 960L)), seen.Select(packet => packet.Timestamp));
        Assert.Equal(arrivals.Count - count, counters.Duplicates);
        Assert.Equal(0, counters.Lost);
        Assert.Equal(0, counters.Conflicts);
    }

    [Fact]
    public void A_hole_is_waited_for_and_then_given_up()
    {
        TrackFileBuilder builder = Audio();
        for (int i = 0; i < 600; i++)
        {
            if (i is not (100 or 101))
            {
                Add(builder, i);
            }

            if (i == 130)
            {
                Add(builder, 100, atMs: 130 * 20);
            }

            if (i == 500)
            {
                Add(builder, 101, atMs: 500 * 20);
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(599, seen.Count);
        Assert.Equal(1, counters.Lost);
        Assert.Equal(1, counters.Late);
        Assert.Equal(1, counters.Reordered);
        Assert.Equal(1, Assert.Single(seen, packet => packet.LostBefore > 0).LostBefore);
    }

    [Fact]
    public void Waiting_is_bounded_by_packets_too()
    {
        TrackFileBuilder builder = Audio();
        Add(builder, 0);
        for (int i = 2; i < 500; i++)
        {
            Add(builder, i, atMs: 300 + i);
        }

        TrackPlayback playback = new(new MemoryStream(builder.Build()), new PlaybackOptions { MaxWaitingPackets = 100, ReorderWindow = TimeSpan.FromHours(1) });
        int packets = 0;
        while (playback.Read())
        {
            packets += playback.Item == PlaybackItem.Packet ? 1 : 0;
        }

        Assert.Equal(499, packets);
        Assert.Equal(1, playback.Counters.Lost);
    }

    [Fact]
    public void Another_payload_under_a_taken_number_is_counted_and_dropped()
    {
        TrackFileBuilder builder = Audio();
        Add(builder, 0);
        builder.Add(Start, RtpBytes.Packet(Ssrc, 111, 0, 0, [0xFC, 99]));
        Add(builder, 1);
        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(2, seen.Count);
        Assert.Equal(1, counters.Conflicts);
    }

    [Fact]
    public void Padding_probes_events_and_foreign_types_are_left_out_and_leave_no_hole()
    {
        TrackFormat format = TrackFileBuilder.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 126, Codec = "telephone-event", ClockRate = 8000 });
        TrackFileBuilder builder = new("audio", format);
        Add(builder, 0);
        builder.Add(Start + 1, RtpBytes.Packet(Ssrc, 111, 1, 0, [], padding: 200));
        builder.Add(Start + 2, RtpBytes.Packet(Ssrc, 126, 2, 77, [1, 2, 3, 4]));
        builder.Add(Start + 3, RtpBytes.Packet(1234, 127, 9, 0, [0, 0, 0]));
        builder.Add(Start + 4, RtpBytes.Packet(0x77, 55, 9, 0, [0, 0, 0]));
        builder.Add(Start + 5, []);
        builder.Add(Start + 6, [1, 2, 3]);
        Add(builder, 3);
        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal([0L, 3L], seen.Select(packet => packet.Sequence));
        Assert.All(seen, packet => Assert.Equal(0, packet.LostBefore));
        Assert.Equal((1, 2, 1, 1), (counters.PaddingOnly, counters.OtherPayloads, counters.Probes, counters.Malformed));
    }

    [Fact]
    public void Retransmissions_fill_holes_under_their_original_numbers()
    {
        TrackFormat format = TrackFileBuilder.Vp8();
        format.Encodings.Add(new EncodingFormat { Ssrc = Ssrc, RtxSsrc = 0x2000 });
        TrackFileBuilder builder = new("video", format);
        builder.Add(Start - 1, RtpBytes.Packet(0x2000, 97, 50, 0, [], padding: 255));
        for (ushort i = 0; i < 30; i++)
        {
            if (i != 10)
            {
                builder.Add(Start + (i * 50_000), RtpBytes.Packet(Ssrc, 96, i, i * 4500u, [0x10, (byte)i], marker: true));
            }

            if (i is 14 or 15)
            {
                builder.Add(Start + (i * 50_000) + 1, RtpBytes.Packet(0x2000, 97, (ushort)(51 + i), 10 * 4500u, [0, 10, 0x10, 10], marker: true));
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(Enumerable.Range(0, 30), seen.Select(packet => (int)packet.Payload[1]));
        Assert.True(seen[10].Marker);
        Assert.Equal(96, seen[10].PayloadType);
        Assert.Equal((0, 1, 1, 1), (counters.Lost, counters.Recovered, counters.Duplicates, counters.PaddingOnly));
    }

    [Fact]
    public void Redundancy_gives_back_a_lost_packet()
    {
        TrackFormat format = TrackFileBuilder.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 63, Codec = "red", ClockRate = 48000, Channels = 2 });
        TrackFileBuilder builder = new("audio", format);
        for (ushort i = 0; i < 30; i++)
        {
            // One redundant block of two bytes, 960 ticks older: F | 111, offset << 10 | length.
            byte[] red = [0x80 | 111, 0x0F, 0x00, 0x02, 111, 0xFC, (byte)(i - 1), 0xFC, (byte)i];
            if (i != 20)
            {
                builder.Add(Start + (i * 20_000), RtpBytes.Packet(Ssrc, 63, i, 10_000 + (i * 960u), red));
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(Enumerable.Range(0, 30), seen.Select(packet => (int)packet.Payload[1]));
        Assert.All(seen, packet => Assert.Equal(111, packet.PayloadType));
        Assert.Equal(10_000 + (20 * 960), seen[20].Timestamp);
        Assert.Equal((0, 1), (counters.Lost, counters.Recovered));
    }

    [Theory]
    [InlineData("opus", 111, 1920, 2)]
    [InlineData("opus", 111, 1930, 1)]
    [InlineData("opus", 111, 960, 1)]
    [InlineData("pcmu", 0, 12, 3)]
    [InlineData("pcmu", 0, 13, 1)]
    [InlineData("l16", 11, 1920, 1)]
    public void Redundancy_stands_where_its_time_says(string codec, byte payloadType, int ticksOlder, int distance)
    {
        // A block of four bytes: 20 ms of Opus (RFC 6716 3.1), four samples of G.711. It is that of the packet that many ticks older.
        TrackFormat format = TrackFileBuilder.Of(codec, payloadType, clockRate: codec == "opus" ? 48_000u : 8000);
        format.PayloadTypes.Add(new PayloadFormat { Pt = 63, Codec = "red", ClockRate = 48_000 });
        TrackFileBuilder builder = new("audio", format);
        uint step = codec == "opus" ? 960u : 4;
        for (ushort i = 0; i < 30; i++)
        {
            byte[] primary = [payloadType, 0xFC, (byte)i, 1, 2];
            byte[] red = i < distance ? primary
                : [(byte)(0x80 | payloadType), (byte)(ticksOlder >> 6), (byte)(ticksOlder << 2), 4, payloadType, 0xFC, (byte)(i - distance), 1, 2, .. primary[1..]];
            if (i != 20)
            {
                builder.Add(Start + (i * 20_000), RtpBytes.Packet(Ssrc, 63, i, 10_000 + (i * step), red));
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(Enumerable.Range(0, 30), seen.Select(packet => (int)packet.Payload[1]));
        Assert.Equal((0, 1), (counters.Lost, counters.Recovered));
    }

    [Fact]
    public void A_source_that_starts_over_is_split_and_nothing_is_lost()
    {
        TrackFileBuilder builder = Audio();
        for (int i = 0; i < 100; i++)
        {
            Add(builder, i);
        }

        for (int i = 0; i < 100; i++)
        {
            builder.Add(Start + 2_100_000 + (i * 20_000), RtpBytes.Packet(Ssrc, 111, (ushort)(40_000 + i), 3_000_000_000 + ((uint)i * 960), [0xFC, (byte)(100 + i)]));
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(Enumerable.Range(0, 200), seen.Select(packet => (int)packet.Payload[1]));
        Assert.Equal([0, 100], seen.Index().Where(item => item.Item.StartsSource).Select(item => item.Index));
        Assert.Equal(1, counters.SourceResets);
        Assert.Equal(0, counters.Lost);
        Assert.Equal([0, 1], seen.Select(packet => packet.Segment).Distinct());
    }

    [Fact]
    public void A_source_that_starts_over_just_behind_its_old_numbers_is_split()
    {
        TrackFileBuilder builder = Audio();
        for (int i = 0; i < 100; i++)
        {
            Add(builder, i);
        }

        for (int i = 0; i < 50; i++)
        {
            builder.Add(Start + 2_100_000 + (i * 20_000), RtpBytes.Packet(Ssrc, 111, (ushort)(50 + i), 900_000_000 + ((uint)i * 960), [0xFC, (byte)(100 + i)]));
        }

        (List<Seen> seen, _) = Play(builder);
        Assert.Equal(Enumerable.Range(0, 150), seen.Select(packet => (int)packet.Payload[1]));
    }

    [Fact]
    public void A_lone_packet_far_off_does_not_disturb_its_source()
    {
        TrackFileBuilder builder = Audio();
        for (int i = 0; i < 100; i++)
        {
            Add(builder, i);
            if (i == 50)
            {
                builder.Add(Start + 1_000_000, RtpBytes.Packet(Ssrc, 111, 30_000, 12, [0xFC, 200]));
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(100, seen.Count);
        Assert.Equal((1, 0), (counters.Malformed, counters.SourceResets));
    }

    [Fact]
    public void An_outage_of_a_minute_is_loss_not_a_new_source()
    {
        TrackFileBuilder builder = Audio();
        for (int i = 0; i < 10_000; i++)
        {
            if (i is < 100 or >= 9_000)
            {
                Add(builder, i);
            }
        }

        (List<Seen> seen, PlaybackCounters counters) = Play(builder);
        Assert.Equal(1_100, seen.Count);
        Assert.Equal((8_900, 0), (counters.Lost, counters.SourceResets));
        Assert.Equal([0], seen.Select(packet => packet.Segment).Distinct());
    }

    [Fact]
    public void A_pause_marker_ends_the_wait_for_what_will_not_come()
    {
        TrackFileBuilder builder = Audio();
        Add(builder, 0);
        Add(builder, 20);
        Add(builder, 22);
        builder.AddMarker(new Marker { TimeUs = Start, Pause = new Marker.Types.Pause { By = "recording" } });
        Add(builder, 30);
        TrackPlayback playback = new(new MemoryStream(builder.Build()));
        List<string> items = [];
        while (playback.Read())
        {
            items.Add(playback.Item == PlaybackItem.Packet ? $"{playback.Packet.SequenceNumber}" : $"{playback.Item}");
        }

        Assert.Equal("Format 0 20 22 Marker 30", string.Join(' ', items));
    }

    [Fact]
    public void Sender_reports_and_format_changes_come_between_the_packets()
    {
        byte[] report = new byte[SenderReport.Length];
        new SenderReport(Ssrc, 5UL << 32, 960, 1, 2).Write(report);
        TrackFileBuilder builder = Audio();
        builder.Add(Start + 5, report);
        builder.AddFormat(TrackFileBuilder.Opus(96));
        builder.Add(Start + 6, RtpBytes.Packet(0x3000, 96, 1, 0, [0xFC]));
        TrackPlayback playback = new(new MemoryStream(builder.Build()));
        Assert.True(playback.Read() && playback.Item == PlaybackItem.Format);
        Assert.True(playback.Read() && playback.Item == PlaybackItem.SenderReport);
        Assert.Equal((Ssrc, Start + 5, 7UL), (playback.Report.Ssrc, playback.ReportArrivalUs, playback.Epoch));
        Assert.True(playback.Read() && playback.Item == PlaybackItem.Format);
        Assert.True(playback.Read() && playback.Item == PlaybackItem.Packet);
        Assert.Equal(0x3000u, playback.Packet.Ssrc);
        Assert.False(playback.Read());
    }

    [Fact]
    public void A_track_that_names_no_codec_is_taken_for_what_browsers_send()
    {
        TrackFileBuilder builder = new("audio", new TrackFormat());
        builder.Add(Start, RtpBytes.Packet(Ssrc, 100, 1, 0, [0xFC]));
        builder.Add(Start, RtpBytes.Packet(1234, 127, 1, 0, [0xFC]));
        TrackPlayback playback = new(new MemoryStream(builder.Build()));
        Assert.True(playback.Read() && playback.Read() && playback.Item == PlaybackItem.Packet);
        Assert.Equal(("opus", true), (playback.PacketFormat.Codec, playback.IsGuessing));
        Assert.False(playback.Read());
    }

    [Property(MaxTest = 100)]
    public void Any_packets_play_without_an_exception(byte[][] noise, int seed)
    {
        Random random = new(seed);
        TrackFormat format = TrackFileBuilder.Vp8();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 63, Codec = "red", ClockRate = 48000 });
        format.PayloadTypes.Add(TrackFileBuilder.Opus().PayloadTypes[0]);
        TrackFileBuilder builder = new("video", format);
        foreach (byte[] bytes in noise.SelectMany(bytes => Enumerable.Repeat(bytes, 5)))
        {
            byte[] types = [96, 97, 63, 111, 12];
            builder.Add(
                Start + random.Next(),
                random.Next(4) == 0 ? bytes : RtpBytes.Packet((uint)random.Next(3), types[random.Next(5)], (ushort)random.Next(), (uint)random.Next(), bytes, random.Next(2) == 0));
        }

        byte[] file = builder.Build();
        for (int i = 0; i < 3 && file.Length > 0; i++)
        {
            file[random.Next(file.Length)] ^= (byte)random.Next(256);
        }

        TrackPlayback playback = new(new MemoryStream(file));
        while (playback.Read())
        {
            Assert.NotEqual(PlaybackItem.None, playback.Item);
        }
    }

    private static TrackFileBuilder Audio() => new("audio", TrackFileBuilder.Opus());

    private static void Add(TrackFileBuilder builder, int number, int? atMs = null) => builder.Add(
        Start + ((atMs ?? (number * 20)) * 1000L),
        RtpBytes.Packet(Ssrc, 111, (ushort)number, (uint)number * 960, [0xFC, (byte)number]));

    private static (List<Seen> Seen, PlaybackCounters Counters) Play(TrackFileBuilder builder)
    {
        TrackPlayback playback = new(new MemoryStream(builder.Build()));
        List<Seen> seen = [];
        while (playback.Read())
        {
            if (playback.Item == PlaybackItem.Packet)
            {
                MediaPacket packet = playback.Packet;
                seen.Add(new Seen(
                    packet.SequenceNumber, packet.Timestamp, packet.PayloadType, packet.Marker, packet.LostBefore, packet.StartsSource, packet.ClockSegment, packet.Payload.ToArray()));
            }
        }

        Assert.Equal(seen.Count, playback.Counters.Packets);
        return (seen, playback.Counters);
    }

    private sealed record Seen(
        long Sequence, long Timestamp, byte PayloadType, bool Marker, int LostBefore, bool StartsSource, int Segment, byte[] Payload);
}
