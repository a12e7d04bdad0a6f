using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Media.Rtp;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Fixtures;

/// <summary>What senders and rooms do: fixtures 1-3, 10-12, 14-19, 29. Each is generated here, with the numbers that must come out.</summary>
public class MediaFixtures
{
    private const long Second = 1_000_000;

    [Fact]
    public void Fixture_01_a_clean_minute_of_sound_and_pictures_comes_out_whole_and_in_step()
    {
        MediaTrack video = MediaTrack.Video().AddPictures(0, 60);
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 60);
        for (long at = 0; at < 60 * Second; at += 5 * Second)
        {
            video.Report(at);
            audio.Report(at);
        }

        ParticipantClock clock = Clock(audio, video);
        (RemuxResult pictures, byte[] videoFile) = video.Remux(new RemuxOptions { OriginUs = MediaTrack.Start, Clock = clock["video"] });
        (RemuxResult sound, byte[] audioFile) = audio.Remux(new RemuxOptions { OriginUs = MediaTrack.Start, Clock = clock["audio"] });
        Assert.Equal((1200, 30, 0, 0L), (pictures.Frames, pictures.Keyframes, pictures.DroppedFrames, pictures.Counters.Lost));
        Assert.Equal((3000, 0, 0L), (sound.Frames, sound.OverlappingFrames, sound.Counters.Lost));
        Assert.Empty(pictures.Gaps.Concat(sound.Gaps));
        Assert.Equal(60, (sound.EndUs - sound.FirstFrameUs) / 1e6, 0.001);
        Assert.Equal(sound.FirstFrameUs, pictures.FirstFrameUs, 1000.0);
        Assert.InRange(Math.Max(sound.ResidualMs, pictures.ResidualMs), 0, 0.1);
        Expect.TimesAre(video.FrameTimes, videoFile);
        Expect.TimesAre(audio.FrameTimes, audioFile);
        Assert.Equal(20, Expect.Times(videoFile)[0]);
    }

    [Fact]
    public void Fixture_02_video_that_starts_seven_seconds_later_stays_seven_seconds_later()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 12).Report(2 * Second).Report(7 * Second);
        MediaTrack video = MediaTrack.Video().AddPictures(7 * Second, 5).Report(7 * Second).Report(9 * Second);
        ParticipantClock clock = Clock(audio, video);
        (RemuxResult sound, _) = audio.Remux(new RemuxOptions { OriginUs = MediaTrack.Start + 20_000, Clock = clock["audio"] });
        (RemuxResult pictures, byte[] file) = video.Remux(new RemuxOptions { OriginUs = MediaTrack.Start + 20_000, Clock = clock["video"] });
        Assert.Equal(7 * Second, pictures.FirstFrameUs - sound.FirstFrameUs, 1000.0);
        Assert.Equal(7000, Expect.Times(file)[0], 1.0);
        Assert.Equal(100, pictures.Frames);
    }

    [Fact]
    public void Fixture_03_eight_seconds_without_a_key_frame_are_waited_for_and_said()
    {
        // Only key frame 40 opens the stream: frames 1 to 39 four times, then a key frame and all behind it.
        MediaTrack video = MediaTrack.Video();
        video.Add(0, 50_000, Enumerable.Range(0, 160).Select(i => GeneratedMedia.Vp8Frames[1 + (i % 39)]));
        video.AddPictures(8 * Second, 4, first: 40);
        (RemuxResult result, byte[] file) = video.Remux(new RemuxOptions { OriginUs = MediaTrack.Start + 20_000 });
        Assert.Equal((80, 160), (result.Frames, result.DroppedFrames));
        Assert.Equal(8 * Second, result.KeyframeWaitUs, 1000.0);
        Assert.Equal(8000, Expect.Times(file)[0], 1.0);
    }

    [Fact]
    public void Fixture_10_a_shared_screen_of_one_frame_a_second_and_less_keeps_its_own_times()
    {
        MediaTrack video = MediaTrack.Video();
        long[] steps = [1_000_000, 1_000_000, 3_700_000, 41_000, 33_000, 950_000, 12_345_000, 1_000_000];
        long at = 0;
        for (int i = 0; i < 40; i++)
        {
            video.Add(at, GeneratedMedia.Vp8Frames[i]);
            at += steps[i % steps.Length];
        }

        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((40, 0), (result.Frames, result.DroppedFrames));
        Expect.TimesAre(video.FrameTimes, file);
        Assert.All(result.Gaps, gap => Assert.Equal(GapKind.Silence, gap.Kind));
    }

    [Fact]
    public void Fixture_11_comfort_packets_every_400_ms_and_a_minute_of_silence_are_not_squeezed_out()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 2);
        audio.Add(2 * Second, 400_000, Enumerable.Repeat<byte[]>([0xF8, 0xFF, 0xFE], 20));
        audio.AddSound(10 * Second, 1).AddSound(71 * Second, 1);
        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((220, 0), (result.Frames, result.OverlappingFrames));
        Expect.TimesAre(audio.FrameTimes, file);
        Assert.Equal(72, (result.EndUs - result.FirstFrameUs) / 1e6, 0.001);
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Silence, 60.0), (gap.Kind, Math.Round(Expect.Seconds(gap), 2)));
    }

    [Fact]
    public void Fixture_12_twenty_mutes_in_thirty_seconds_leave_twenty_gaps()
    {
        // Muted producers send nothing; sequence numbers go on, timestamps follow the wall.
        MediaTrack audio = MediaTrack.Audio();
        for (int i = 0; i < 20; i++)
        {
            audio.AddSound(i * 1_500_000L, 0.5);
        }

        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((500, 0L), (result.Frames, result.Counters.Lost));
        Expect.TimesAre(audio.FrameTimes, file);
        Assert.Equal(19, result.Gaps.Count);
        Assert.All(result.Gaps, gap => Assert.Equal((GapKind.Silence, 1.0), (gap.Kind, Math.Round(Expect.Seconds(gap), 2))));
    }

    [Fact]
    public void Fixture_14_a_track_that_starts_muted_begins_where_it_was_unmuted()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(20 * Second, 3);
        (RemuxResult result, byte[] file) = audio.Remux(new RemuxOptions { OriginUs = MediaTrack.Start });
        Assert.Equal(150, result.Frames);
        Assert.Equal(20_020, Expect.Times(file)[0], 1.0);
        Assert.Equal(23.02, double.Parse(Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format=duration")), System.Globalization.CultureInfo.InvariantCulture), 0.002);
    }

    [Theory]
    [InlineData("vp8")]
    [InlineData("vp9")]
    [InlineData("h264")]
    [InlineData("h265")]
    [InlineData("av1")]
    public void Fixture_15_a_ladder_of_picture_sizes_decodes_in_each_size(string codec)
    {
        MediaTrack video = MediaTrack.Video(codec);
        (int Width, int Height)[] ladder = [(320, 180), (640, 360), (1280, 720), (320, 180)];
        foreach ((int i, (int width, int height)) in ladder.Index())
        {
            video.Add(i * Second / 2, 50_000, GeneratedMedia.Video(codec, width, height, 10));
        }

        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((40, 4, 0), (result.Frames, result.Keyframes, result.DroppedFrames));
        Assert.Equal(ladder, result.Sizes.Select(size => (size.Width, size.Height)));
        Assert.Equal([("320x180", 10), ("640x360", 10), ("1280x720", 10), ("320x180", 10)], Expect.DecodedSizes(file));
        Expect.TimesAre(video.FrameTimes, file);
    }

    [Theory]
    [InlineData("h264")]
    [InlineData("h265")]
    public void Fixture_16_parameter_sets_that_change_under_the_same_ids_hold_from_their_place_on(string codec)
    {
        // Same ids, another size each time, and back to the first: a reader that takes the header's sets for the whole file fails here.
        MediaTrack video = MediaTrack.Video(codec);
        video.Add(0, 50_000, GeneratedMedia.Video(codec, 320, 180, 10));
        video.Add(Second / 2, 50_000, GeneratedMedia.Video(codec, 496, 368, 10));
        video.Add(Second, 50_000, GeneratedMedia.Video(codec, 320, 180, 10));
        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((30, 0), (result.Frames, result.DroppedFrames));
        Assert.Equal([("320x180", 10), ("496x368", 10), ("320x180", 10)], Expect.DecodedSizes(file));
    }

    [Fact]
    public void Fixture_17_a_phone_that_is_turned_is_noted_and_the_first_orientation_is_the_files()
    {
        MediaTrack video = MediaTrack.Video();
        video.Format.HeaderExtensions.Add(new ExtensionFormat { Id = 13, Uri = VideoOrientation.Uri });
        for (int i = 0; i < 40; i++)
        {
            // Turned once by 90 degrees from the start, upright from frame 20 on; said on the key frame and at the change only.
            video.Add(i * 50_000, GeneratedMedia.Vp8Frames[i], orientation: i switch { 0 => 1, 20 => 0, _ => null });
        }

        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal([90, 0], result.Orientations.Select(orientation => orientation.Orientation.Clockwise));
        Assert.Equal(Second, result.Orientations[1].TimeUs - result.Orientations[0].TimeUs, 1000.0);

        // Matroska's roll turns counter-clockwise: -90 as a 64-bit float behind the element's id and size.
        Assert.True(file.AsSpan().IndexOf((byte[])[0x76, 0x75, 0x88, 0xC0, 0x56, 0x80, 0, 0, 0, 0, 0]) > 0);
    }

    [Fact]
    public void Fixture_18_a_producer_that_comes_back_under_another_ssrc_goes_on_in_the_same_file()
    {
        MediaTrack first = MediaTrack.Video(ssrc: 0x1000, sequence: 65_530, timestamp: 0xFFFF_FF00).AddPictures(0, 3);
        MediaTrack second = MediaTrack.Video(ssrc: 0x3000, sequence: 7, timestamp: 12_345).AddPictures(4 * Second, 2);
        TrackFileBuilder builder = first.ToFile();
        builder.AddFormat(new TrackFormat { PayloadTypes = { first.Format.PayloadTypes }, Encodings = { new EncodingFormat { Ssrc = 0x3000 } } });
        (RemuxResult result, byte[] file) = MediaTrack.Remux(second.ToFile(builder).Build());
        Assert.Equal((100, 0, 0L), (result.Frames, result.DroppedFrames, result.Counters.Lost));
        Expect.TimesAre(first.FrameTimes.Concat(second.FrameTimes), file);
    }

    [Theory]
    [InlineData(true, 80, 0)]
    [InlineData(false, 60, 20)]
    public void Fixture_19_a_layer_switch_with_rewritten_timestamps_needs_a_key_frame(bool withKeyframe, int frames, int dropped)
    {
        // The SFU goes from one encoding to another on the same SSRC: a number is skipped, the picture id goes on at its own count.
        IReadOnlyList<byte[]> large = GeneratedMedia.Video("vp8", 640, 360, 40);
        MediaTrack video = MediaTrack.Video().AddPictures(0, 2);
        video.Sequence++;
        if (withKeyframe)
        {
            video.Add(2 * Second, 50_000, large);
        }
        else
        {
            // Twenty inter pictures of the other layer, whose key frame never came: another picture id than the next one.
            video.Lose((_, _) => false);
            SkipPictureIds(video, 500);
            video.Add(2 * Second, 50_000, large.Skip(1).Take(20));
            video.Add(3 * Second, 50_000, large.Take(20));
        }

        (RemuxResult result, byte[] file) = video.Remux();
        Assert.Equal((frames, dropped), (result.Frames, result.DroppedFrames));
        Assert.Equal([("320x180", 40), ("640x360", frames - 40)], Expect.DecodedSizes(file));
        Assert.Equal(1, result.Counters.Lost);
        if (!withKeyframe)
        {
            MediaGap freeze = Assert.Single(result.Gaps);
            Assert.Equal((GapKind.Loss, 1.05), (freeze.Kind, Math.Round(Expect.Seconds(freeze), 2)));
        }
    }

    [Fact]
    public void Fixture_29_a_participant_who_leaves_and_comes_back_is_placed_on_one_clock()
    {
        MediaTrack first = MediaTrack.Audio(ssrc: 1).AddSound(0, 10).Report(2 * Second).Report(7 * Second);
        MediaTrack second = MediaTrack.Audio(ssrc: 2, sequence: 60_000, timestamp: 0xFFFF_0000).AddSound(40 * Second, 10).Report(42 * Second).Report(47 * Second);
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("peer-audio", new MemoryStream(first.ToFile().Build()));
        estimator.AddTrack("peer-audio-2", new MemoryStream(second.ToFile().Build()));
        ParticipantClock clock = estimator.Estimate();
        (RemuxResult before, _) = first.Remux(new RemuxOptions { OriginUs = MediaTrack.Start, Clock = clock["peer-audio"] });
        (RemuxResult after, byte[] file) = second.Remux(new RemuxOptions { OriginUs = MediaTrack.Start, Clock = clock["peer-audio-2"] });
        Assert.Equal(40 * Second, after.FirstFrameUs - before.FirstFrameUs, 1000.0);
        Assert.Equal(40_020, Expect.Times(file)[0], 1.0);
        Assert.All(clock.Tracks.Values, track => Assert.True(track.UsesSenderReports && !track.FellBackToArrival));
    }

    private static void SkipPictureIds(MediaTrack video, int count)
    {
        ushort sequence = video.Sequence;
        int packets = video.Packets.Count;
        int frames = video.FrameTimes.Count;
        video.Add(0, 0, Enumerable.Repeat(GeneratedMedia.Vp8Frames[1], count));
        video.Packets.RemoveRange(packets, video.Packets.Count - packets);
        video.FrameTimes.RemoveRange(frames, video.FrameTimes.Count - frames);
        video.Sequence = sequence;
    }

    private static ParticipantClock Clock(MediaTrack audio, MediaTrack video)
    {
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("audio", new MemoryStream(audio.ToFile().Build()));
        estimator.AddTrack("video", new MemoryStream(video.ToFile().Build()));
        return estimator.Estimate();
    }
}
