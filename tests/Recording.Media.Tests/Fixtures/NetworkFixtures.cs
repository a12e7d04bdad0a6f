using Recording.Media.Remuxing;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Fixtures;

/// <summary>What networks and SFUs do: fixtures 4-9, 23, 30. Each is generated here, with the numbers that must come out.</summary>
public class NetworkFixtures
{
    private const long Second = 1_000_000;

    [Fact]
    public void Fixture_04_sequence_numbers_wrap_and_nothing_is_lost()
    {
        MediaTrack audio = MediaTrack.Audio(sequence: 65_500).AddSound(0, 4);
        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((200, 0L, 0L), (result.Frames, result.Counters.Lost, result.Counters.SourceResets));
        Expect.TimesAre(audio.FrameTimes, file);
    }

    [Fact]
    public void Fixture_05_timestamps_wrap_and_nothing_moves()
    {
        MediaTrack video = MediaTrack.Video(timestamp: 0xFFFF_FFFF - 90_000).AddPictures(0, 4);
        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((80, 0, 0L), (result.Frames, result.DroppedFrames, result.Counters.SourceResets));
        Expect.TimesAre(video.FrameTimes, file);
    }

    [Fact]
    public void Fixture_05_both_wrap_inside_one_burst_of_loss()
    {
        // Two seconds are lost, from 3 s to 5 s; both counters wrap in their middle.
        MediaTrack audio = MediaTrack.Audio(sequence: unchecked((ushort)-200), timestamp: unchecked((uint)(-4 * 48_000))).AddSound(0, 8);
        Assert.Equal(100, audio.Lose((_, at) => at is >= 3_000_000 + MediaTrack.DelayUs and < 5_000_000 + MediaTrack.DelayUs));
        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((300, 100L, 0L), (result.Frames, result.Counters.Lost, result.Counters.SourceResets));
        Expect.TimesAre(audio.FrameTimes.Where(time => time is < 3_000_000 or >= 5_000_000), file);
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Loss, 2.0), (gap.Kind, Math.Round(Expect.Seconds(gap), 3)));
    }

    [Theory]
    [InlineData("vp8")]
    [InlineData("opus")]
    public void Fixture_06_timestamps_wrap_during_a_pause_of_fourteen_hours(string codec)
    {
        const long Pause = 14 * 3600 * Second;
        MediaTrack track = codec == "vp8" ? MediaTrack.Video(timestamp: 0xFFFF_0000) : MediaTrack.Audio(timestamp: 0xFFFF_0000);
        track.Packets.Clear();
        foreach (long from in (long[])[0, Pause])
        {
            _ = codec == "vp8" ? track.AddPictures(from, 2) : track.AddSound(from, 2);
        }

        (RemuxResult result, byte[] file) = track.Remux();
        Assert.Equal((track.FrameTimes.Count, 0, 0L), (result.Frames, result.DroppedFrames, result.Counters.Lost));
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Silence, 14 * 3600.0), (gap.Kind, Expect.Seconds(gap)), (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 2.1);
        Expect.TimesAre(track.FrameTimes, file);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Fixture_07_random_loss_is_counted_to_the_packet_and_what_came_keeps_its_time(int percent)
    {
        Random random = new(percent);
        MediaTrack audio = MediaTrack.Audio(sequence: 65_000).AddSound(0, 30);
        int lost = audio.Lose((number, _) => number > 0 && number < 1499 && random.Next(100) < percent);
        (RemuxResult sound, byte[] audioFile) = audio.Remux();
        Assert.Equal((1500 - lost, (long)lost), (sound.Frames, sound.Counters.Lost));
        Expect.TimesAre(audio.Packets.Select(packet => audio.FrameTimes[packet.Frame]), audioFile);
        Assert.Equal(30, (sound.EndUs - sound.FirstFrameUs) / 1e6, 0.001);

        MediaTrack video = MediaTrack.Video(sequence: 65_000).AddPictures(0, 30);
        List<(long AtUs, byte[] Data, int Frame)> sent = [.. video.Packets];
        lost = video.Lose((number, _) => number > 0 && number < sent.Count - 1 && random.Next(100) < percent);
        (RemuxResult pictures, byte[] videoFile) = video.Remux();
        Assert.Equal(lost, pictures.Counters.Lost);

        List<int> expected = AliveFrames(video, sent, group: 40);
        Expect.TimesAre(expected.Select(frame => video.FrameTimes[frame]), videoFile);
        Assert.All(pictures.Gaps, gap => Assert.Equal(GapKind.Loss, gap.Kind));
    }

    [Theory]
    [InlineData("h264", 3)]
    [InlineData("h265", 3)]
    [InlineData("vp9", 3)]
    [InlineData("av1", 3)]
    [InlineData("h264", 20)]
    [InlineData("h265", 20)]
    [InlineData("vp9", 20)]
    [InlineData("av1", 20)]
    public void Fixture_07_loss_never_gives_a_decoder_what_it_cannot_decode(string codec, int percent)
    {
        Random random = new(7);
        MediaTrack video = MediaTrack.Video(codec);
        for (int group = 0; group < 15; group++)
        {
            video.Add(group * Second, 50_000, GeneratedMedia.Video(codec, frames: 20));
        }

        List<(long AtUs, byte[] Data, int Frame)> sent = [.. video.Packets];

        // The first key frame arrives: some versions of some encoders make them so large that hardly one would.
        int lost = video.Lose((number, _) => sent[number].Frame > 0 && random.Next(100) < percent);
        Assert.InRange((double)lost / sent.Count, percent * 0.004, percent * 0.016);
        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal(result.Frames, Expect.DecodedSizes(file).Sum(run => run.Count));
        // Lost parameter sets (RFC 7798 4.4.2: an aggregation packet ahead of the picture) are known from the key frame before.
        Assert.Equal(AliveFrames(video, sent, group: 20, data => codec != "h265" || data[12] >> 1 != 48).Count, result.Frames);
    }

    [Fact]
    public void Fixture_07_a_burst_of_two_seconds_freezes_up_to_the_next_key_frame()
    {
        MediaTrack video = MediaTrack.Video().AddPictures(0, 10);
        video.Lose((_, at) => at is >= 3_000_000 and < 5_000_000);
        (RemuxResult result, byte[] file) = video.Remux();

        // 3 s to 5 s are lost; the next key frame is at 6 s.
        Expect.TimesAre(video.FrameTimes.Where(time => time is < 3_000_000 - 20_000 or >= 6_000_000), file);
        MediaGap freeze = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Loss, 3.05), (freeze.Kind, Math.Round(Expect.Seconds(freeze), 2)));
        Assert.Equal(20, result.DroppedFrames, 1.0);
    }

    [Fact]
    public void Fixture_08_reordered_repeated_and_three_seconds_late_packets_find_their_places()
    {
        Random random = new(8);
        MediaTrack audio = MediaTrack.Audio(sequence: 65_400).AddSound(0, 20);
        int duplicates = 0;
        for (int i = audio.Packets.Count - 2; i > 1; i--)
        {
            (long at, byte[] data, int frame) = audio.Packets[i];
            if (random.Next(10) == 0)
            {
                audio.Packets.Add((at + random.Next(300_000), data, frame));
                duplicates++;
            }

            audio.Packets[i] = (i == 500 ? at + (3 * Second) : at + random.Next(200_000), data, frame);
        }

        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((1000, 0L, 0L, (long)duplicates), (result.Frames, result.Counters.Lost, result.Counters.Late, result.Counters.Duplicates));
        Assert.True(result.Counters.Reordered > 100);
        Expect.TimesAre(audio.FrameTimes, file);
    }

    [Fact]
    public void Fixture_08_a_packet_later_than_the_window_is_counted_late_and_its_place_lost()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 20);
        (long at, byte[] data, int frame) = audio.Packets[500];
        audio.Packets[500] = (at + (6 * Second), data, frame);
        (RemuxResult result, _) = audio.Remux();
        Assert.Equal((999, 1L, 1L), (result.Frames, result.Counters.Lost, result.Counters.Late));
    }

    [Fact]
    public void Fixture_09_padding_on_a_still_screen_is_neither_media_nor_loss()
    {
        MediaTrack video = MediaTrack.Video();
        int padding = 0;
        for (int i = 0; i < 20; i++)
        {
            video.Add(i * Second, GeneratedMedia.Vp8Frames[i]);
            for (int k = 0; k < 5; k++)
            {
                // After the marker, on the media's own numbers and its last timestamp.
                byte[] last = video.Packets[^1].Data;
                uint timestamp = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(last.AsSpan(4));
                video.Packets.Add((video.Packets[^1].AtUs + 20_000, RtpBytes.Packet(video.Ssrc, 96, video.Sequence++, timestamp, [], padding: 200), -1));
                padding++;
            }
        }

        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((20, 0L, (long)padding), (result.Frames, result.Counters.Lost, result.Counters.PaddingOnly));
        Expect.TimesAre(video.FrameTimes, file);
        Assert.DoesNotContain(result.Gaps, gap => gap.Kind == GapKind.Loss);
    }

    [Fact]
    public void Fixture_23_a_burst_of_500_packets_at_subscription_does_not_shift_what_follows()
    {
        // The SFU hands over ten seconds that it had kept, all within 20 ms; then the track goes on live.
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 30);
        for (int i = 0; i < 500; i++)
        {
            (_, byte[] data, int frame) = audio.Packets[i];
            audio.Packets[i] = (MediaTrack.Start + (10 * Second) + (i * 40), data, frame);
        }

        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((1500, 0), (result.Frames, result.OverlappingFrames));
        Assert.Equal(MediaTrack.Start + MediaTrack.DelayUs, result.FirstFrameUs, 1000.0);
        Expect.TimesAre(audio.FrameTimes, file);
    }

    [Fact]
    public void Fixture_30_pictures_of_two_by_two_pixels_decode()
    {
        MediaTrack video = MediaTrack.Video().Add(0, 50_000, GeneratedMedia.Video("vp8", 2, 2, 10));
        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((10, 2, 2), (result.Frames, result.Width, result.Height));
        Assert.Equal([("2x2", 10)], Expect.DecodedSizes(file));
    }

    [Fact]
    public void Fixture_30_hostile_packets_between_the_media_cost_nothing()
    {
        MediaTrack clean = MediaTrack.Audio().AddSound(0, 4);
        MediaTrack hostile = MediaTrack.Audio().AddSound(0, 4);
        Random random = new(30);
        byte[] junk = new byte[1200];
        for (int i = 20; i < 180; i++)
        {
            long at = hostile.Packets[i].AtUs + 100;
            random.NextBytes(junk);
            byte[] data = (i % 6) switch
            {
                0 => [0x8F, 111, .. junk.AsSpan(0, 20)],
                1 => [0x90, 111, .. junk.AsSpan(0, 10), 0xBE, 0xDE, 0xFF, 0xFF],
                2 => RtpBytes.Packet(hostile.Ssrc, 77, (ushort)(30_000 + i), 1, [1, 2, 3]),
                3 => "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
                4 => RtpBytes.Packet(0xDEAD, 111, 5, 7, []),
                _ => [0xA0, 111, .. junk.AsSpan(0, 10), 0xFF],
            };
            hostile.Packets.Add((at, data, -1));
        }

        (RemuxResult expected, byte[] wanted) = clean.Remux();
        (RemuxResult result, byte[] file) = hostile.Remux();
        Assert.Equal((200, 0L), (result.Frames, result.Counters.Lost));
        Assert.Equal(expected.FirstFrameUs, result.FirstFrameUs);
        Assert.Equal(wanted, file);
        Assert.True(result.Counters.Malformed > 50);
    }

    // A picture lives if it is whole and so is every one before it up to its key frame.
    private static List<int> AliveFrames(MediaTrack received, List<(long AtUs, byte[] Data, int Frame)> sent, int group, Predicate<byte[]>? isNeeded = null)
    {
        ILookup<int, byte[]> arrived = Needed(received.Packets);
        List<int> alive = [];
        bool isAlive = false;
        foreach (IGrouping<int, byte[]> packets in Needed(sent))
        {
            isAlive = arrived[packets.Key].Count() == packets.Count() && (isAlive || packets.Key % group == 0);
            if (isAlive)
            {
                alive.Add(packets.Key);
            }
        }

        return alive;

        ILookup<int, byte[]> Needed(List<(long AtUs, byte[] Data, int Frame)> packets) =>
            packets.Where(packet => isNeeded is null || isNeeded(packet.Data)).ToLookup(packet => packet.Frame, packet => packet.Data);
    }
}
