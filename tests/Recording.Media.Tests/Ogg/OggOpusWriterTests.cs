using System.Globalization;
using Recording.Media.Ogg;
using Recording.Media.Opus;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Fixtures;
using Recording.Media.Tests.Support;
using Recording.Model;

namespace Recording.Media.Tests.Ogg;

public class OggOpusWriterTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void Sound_without_gaps_comes_out_packet_for_packet()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 30);
        (RemuxResult result, byte[] file) = audio.Remux(new RemuxOptions { Container = RemuxContainer.Ogg, Name = "Zoë" });
        Assert.Equal((1500, 0L), (result.Frames, result.FilledUs));
        Assert.Equal(["opus,48000,2"], Ffmpeg.Probe(file, "-show_entries", "stream=codec_name,sample_rate,channels"));
        Assert.Equal(["Zoë"], Ffmpeg.Probe(file, "-show_entries", "stream_tags=title"));
        Expect.TimesAre(audio.FrameTimes, file);
    }

    [Fact]
    public void Gaps_become_silence_of_their_length_on_decoded_samples()
    {
        // 2 s of tone, 3 s of nothing, 1 s of tone, a loss of 140 ms, 1 s of tone.
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 2).AddSound(5 * Second, 1);
        audio.Sequence += 7;
        audio.AddSound(6_140_000, 1);
        (RemuxResult result, byte[] file) = audio.Remux(new RemuxOptions { Container = RemuxContainer.Ogg });
        Assert.Equal((200, 3_140_000L), (result.Frames, result.FilledUs));
        Assert.Equal(7.14, double.Parse(Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format=duration")), CultureInfo.InvariantCulture), 0.003);
        double[] loud = Loudness(file);
        Assert.All(loud[5..195], value => Assert.True(value > 0.01));
        Assert.All(loud[210..495], value => Assert.True(value < 0.001));
        Assert.All(loud[505..595], value => Assert.True(value > 0.01));
        Assert.All(loud[606..612], value => Assert.True(value < 0.005));
        Assert.All(loud[620..705], value => Assert.True(value > 0.01));
    }

    [Fact]
    public void A_clock_that_runs_fast_or_slow_is_followed_to_a_packet()
    {
        // 1000 ppm over five minutes are 300 ms; sound that would run ahead of time is left out packet by packet, behind it silence is put in.
        foreach (double ppm in (double[])[1000, -1000])
        {
            MediaTrack audio = new() { Codec = "opus", Ssrc = 1, PayloadType = 111, SkewPpm = ppm, Format = TrackFileBuilder.Opus() };
            for (int i = 0; i < 15_000; i++)
            {
                // The sender makes a packet each 960 ticks of its own clock.
                audio.Add((long)Math.Round(i * 20_000 / (1 + (ppm / 1e6))), GeneratedMedia.OpusPackets[i % 200]);
            }

            using MemoryStream output = new();
            RemuxResult result = TrackRemuxer.Remux(new MemoryStream(audio.ToFile().Build()), output, new RemuxOptions { Container = RemuxContainer.Ogg });
            double seconds = double.Parse(Assert.Single(Ffmpeg.Probe(output.ToArray(), "-show_entries", "format=duration")), CultureInfo.InvariantCulture);
            Assert.Equal(300 / (1 + (ppm / 1e6)), seconds, 0.025);
            Assert.Equal(15_000, result.Frames + result.OverlappingFrames);
        }
    }

    [Fact]
    public void A_gap_over_what_is_allowed_is_refused_and_says_what_keeps_it()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 1).AddSound(100 * Second, 1);
        RecordingException error = Assert.Throws<RecordingException>(
            () => audio.Remux(new RemuxOptions { Container = RemuxContainer.Ogg, MaxFilledGap = TimeSpan.FromSeconds(90) }));
        Assert.Equal(RecordingErrorCode.WrongState, error.Code);
        Assert.Contains("99 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("webm keeps gaps", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_codecs_are_refused()
    {
        RecordingException error = Assert.Throws<RecordingException>(() => MediaTrack.Video().AddPictures(0, 1).Remux(new RemuxOptions { Container = RemuxContainer.Ogg }));
        Assert.Equal(RecordingErrorCode.UnsupportedCodec, error.Code);
    }

    [Theory]
    [InlineData(RemuxContainer.Ogg)]
    [InlineData(RemuxContainer.Matroska)]
    public void A_packet_that_reaches_beyond_the_end_is_cut_short(RemuxContainer container)
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 5);
        long start = MediaTrack.Start + MediaTrack.DelayUs;
        (RemuxResult result, byte[] file) = audio.Remux(new RemuxOptions { Container = container, OriginUs = start, EndUs = start + 2_005_000 });
        Assert.Equal(101, result.Frames);
        Assert.Equal(start + 2_005_000, result.EndUs);
        byte[] samples = Decode(file);
        Assert.Equal(2_005 * 48, samples.Length / 2);
    }

    [Fact]
    public void The_longest_packet_has_room_in_a_page()
    {
        using MemoryStream output = new();
        OggOpusWriter writer = new(output, [.. "OpusHead"u8, 1, 1, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0]);
        Assert.True(writer.WritePacket(0, new byte[100], 960));
        int headers = (int)output.Length;
        Assert.True(writer.WritePacket(20_000, new byte[OpusPacket.MaxLength], 960));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WritePacket(40_000, new byte[OpusPacket.MaxLength + 1], 960));
        writer.Complete();

        // A page of its own: 100 bytes in one before it, then 240 full segments and the rest.
        byte[] last = output.ToArray()[(headers + 27 + 1 + 100)..];
        Assert.Equal("OggS"u8, last.AsSpan(0, 4));
        Assert.Equal(27 + last[26] + OpusPacket.MaxLength, last.Length);
        Assert.False(OpusPacket.TryParse(new byte[OpusPacket.MaxLength + 1], out _));
    }

    private static byte[] Decode(byte[] file)
    {
        string path = Path.Combine(Path.GetTempPath(), $"opus-{Guid.NewGuid():n}");
        File.WriteAllBytes(path, file);
        try
        {
            return Ffmpeg.Run("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-ac", "1", "-f", "s16le", "-"]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Mean absolute sample of each 10 ms, 0 to 1.
    private static double[] Loudness(byte[] file)
    {
        byte[] samples = Decode(file);
        double[] loud = new double[samples.Length / 960];
        for (int i = 0; i < loud.Length; i++)
        {
            for (int k = 0; k < 480; k++)
            {
                loud[i] += Math.Abs(BitConverter.ToInt16(samples, ((i * 480) + k) * 2) / 32768.0 / 480);
            }
        }

        return loud;
    }
}
