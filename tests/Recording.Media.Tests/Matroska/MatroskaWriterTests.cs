using System.Globalization;
using Recording.Media.Depacketizers;
using Recording.Media.Matroska;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Matroska;

public class MatroskaWriterTests
{
    private static readonly MatroskaTrack Video = new() { Codec = "vp8", Width = 320, Height = 180, Name = "camera" };

    private static readonly MatroskaTrack Audio = new()
    {
        Codec = "opus",
        SampleRate = 48000,
        Channels = 2,
        CodecPrivate = new OpusDepacketizer().CodecPrivate.ToArray(),
    };

    [Fact]
    public void Video_with_varying_frame_times_reads_back_with_those_times()
    {
        using MemoryStream output = new();
        MatroskaWriter writer = new(output, [Video], new MatroskaOptions { Date = DateTimeOffset.UnixEpoch, Title = "Room 1" });
        List<long> times = WriteVideo(writer, step => 50_000 + (step % 7 * 3_000));
        writer.Complete();

        byte[] file = output.ToArray();
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        string[] pts = Ffmpeg.Probe(file, "-show_entries", "frame=pts_time");
        Assert.Equal(times.Select(us => Math.Round(us / 1000.0)), pts.Select(text => Math.Round(Seconds(text) * 1000)));
        Assert.Equal(["vp8,320,180"], Ffmpeg.Probe(file, "-show_entries", "stream=codec_name,width,height"));
        string duration = Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format=duration"));
        Assert.Equal(times[^1] / 1e6, Seconds(duration), 0.001);
        Assert.Contains("1970-01-01T00:00:00.000000Z", Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format_tags=creation_time")), StringComparison.Ordinal);
    }

    [Fact]
    public void Audio_gaps_stay_gaps()
    {
        using MemoryStream output = new();
        MatroskaWriter writer = new(output, [Audio]);
        long time = 0;
        for (int i = 0; i < 100; i++)
        {
            writer.WriteFrame(0, time, true, GeneratedMedia.OpusPackets[i], durationUs: 20_000);
            time += i == 49 ? 10_000_000 : 20_000;
        }

        writer.Complete();
        byte[] file = output.ToArray();
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        string[] pts = Ffmpeg.Probe(file, "-show_entries", "packet=pts_time");
        Assert.Equal(100, pts.Length);
        Assert.Equal(0.98, Seconds(pts[49]), 0.001);
        Assert.Equal(10.98, Seconds(pts[50]), 0.001);
        Assert.Equal(11.98, Seconds(Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format=duration"))), 0.001);
    }

    [Fact]
    public void A_gap_of_minutes_inside_a_cluster_starts_a_new_cluster()
    {
        using MemoryStream output = new();
        MatroskaWriter writer = new(output, [Audio], new MatroskaOptions { ClusterDuration = TimeSpan.FromHours(1) });
        writer.WriteFrame(0, 0, true, GeneratedMedia.OpusPackets[0]);
        writer.WriteFrame(0, 120_000_000, true, GeneratedMedia.OpusPackets[1]);
        writer.Complete();
        Assert.Equal(["0.000000", "120.000000"], Ffmpeg.Probe(output.ToArray(), "-show_entries", "packet=pts_time"));
    }

    [Fact]
    public void Two_tracks_interleave_and_seek_by_the_cues()
    {
        using MemoryStream output = new();
        MatroskaWriter writer = new(output, [Video, Audio]);
        int audio = 0;
        for (int frame = 0; frame < GeneratedMedia.Vp8Frames.Count; frame++)
        {
            for (; audio < GeneratedMedia.OpusPackets.Count && audio * 20 < frame * 50; audio++)
            {
                writer.WriteFrame(1, audio * 20_000, true, GeneratedMedia.OpusPackets[audio], durationUs: 20_000);
            }

            writer.WriteFrame(0, frame * 50_000, frame % 40 == 0, GeneratedMedia.Vp8Frames[frame], durationUs: 50_000);
        }

        writer.Complete();
        byte[] file = output.ToArray();
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        string[] packets = Ffmpeg.Probe(file, "-select_streams", "v", "-read_intervals", "4.5%+#1", "-show_entries", "packet=pts_time,flags");
        Assert.StartsWith("4.000000,K", Assert.Single(packets), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_cannot_seek_gets_a_live_file()
    {
        using MemoryStream output = new();
        using ForwardOnlyStream forward = new(output);
        MatroskaWriter writer = new(forward, [Video]);
        WriteVideo(writer, _ => 50_000);
        writer.Complete();
        byte[] file = output.ToArray();
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(120, Ffmpeg.Probe(file, "-show_entries", "frame=pts_time").Length);
    }

    [Fact]
    public void Writing_starts_where_the_stream_stands()
    {
        using MemoryStream output = new();
        output.Write(new byte[100]);
        MatroskaWriter writer = new(output, [Video]);
        WriteVideo(writer, _ => 50_000);
        writer.Complete();
        Assert.Equal(writer.Length + 100, output.Length);
        Assert.Equal("", Ffmpeg.DecodeErrors(output.ToArray()[100..]));
    }

    private static List<long> WriteVideo(MatroskaWriter writer, Func<int, long> step)
    {
        List<long> times = [];
        long time = 0;
        for (int i = 0; i < GeneratedMedia.Vp8Frames.Count; i++)
        {
            writer.WriteFrame(0, time, i % 40 == 0, GeneratedMedia.Vp8Frames[i]);
            times.Add(time);
            time += step(i);
        }

        return times;
    }

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
