using System.Buffers.Binary;
using Recording.Media.Rtp;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Sound that never stops, of two sampling clocks that part by 0.4 ms in each second, in one mix.</summary>
public sealed class LongDriftTests : IDisposable
{
    private const int Length = 600;
    private const int MinutePackets = 3000;
    private const int DelayUs = 10_000;
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;

    public LongDriftTests() => _recording = _scratch.Directory.CreateSubdirectory("recording");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Ten_minutes_of_two_skewed_clocks_are_mixed_with_every_beep_where_it_belongs()
    {
        (string Peer, double Start, double Ppm)[] people = [("fast", 0, 200), ("slow", 5, -200)];
        FileInfo minute = _scratch.File("minute.ogg");
        await Tools.Run.RunAsync(
            ["-f", "lavfi", "-i", "aevalsrc='0.01*sin(2*PI*220*t)+0.5*sin(2*PI*1000*t)*lt(t,0.1)':s=48000:d=60.1", "-c:a", "libopus", "-application", "lowdelay", "-y", minute.FullName],
            _scratch.Directory);
        var recording = new TestRecording(_recording, Length);
        foreach ((string peer, double start, double ppm) in people)
        {
            await recording.AddSoundAsync(peer, minute, start, Length - start);
            Prolong(Path.Combine(_recording.FullName, $"tracks/{peer}-audio.rtp"), start, ppm);
        }

        await recording.WriteDocumentsAsync();
        FileInfo output = _scratch.File("out.m4a");

        // FFmpeg's AAC encoder takes a fifth of the time at a quarter of the bitrate.
        var composer = new OfflineComposer(new FfmpegOptions { Niceness = 0 }, new RenderOptions { AudioBitrate = 32_000 }, TimeProvider.System);
        CompositionResult result = await composer.ComposeAsync(_recording, CompositionSettings.Default with { Format = "m4a" }, output);
        Assert.InRange(result.DurationSeconds, Length - 0.03, Length + 0.03);

        await Tools.Run.RunAsync(["-i", output.FullName, "-ac", "1", "-ar", "48000", "-f", "s16le", "-y", "beeps"], _scratch.Directory);
        List<double> beeps = Decoded.BeepsOf(await File.ReadAllBytesAsync(_scratch.File("beeps").FullName));
        double[] expected = [.. people.SelectMany(person => Enumerable.Range(0, Length / 60).Select(i => person.Start + (i * 60 / Rate(person.Ppm)) + (DelayUs / 1e6))).Order()];
        Assert.Equal(expected.Length, beeps.Count);
        Assert.All(expected.Zip(beeps), pair => Assert.InRange(pair.Second - pair.First, -0.02, 0.02));
    }

    private static double Rate(double ppm) => 1 + (ppm / 1e6);

    // The same minute again and again costs the time of one minute's encoder.
    private static void Prolong(string file, double start, double ppm)
    {
        List<byte[]> minute = Packets(file);
        Assert.InRange(minute.Count, MinutePackets, MinutePackets + 10);
        var track = new TrackFileBuilder("audio", TrackFileBuilder.Opus());
        uint ssrc = BinaryPrimitives.ReadUInt32BigEndian(minute[0].AsSpan(8));
        for (int i = 0; i < Length * 50; i++)
        {
            double capturedUs = TestRecording.OriginUs + (start * 1e6) + (i * 20_000 / Rate(ppm));
            if (i % 250 == 0)
            {
                byte[] report = new byte[SenderReport.Length];
                double ntp = (capturedUs / 1e6) + 2_208_988_800;
                new SenderReport(ssrc, ((ulong)ntp << 32) | (uint)((ntp - Math.Floor(ntp)) * 4_294_967_296.0), (uint)i * 960, 1, 1).Write(report);
                track.Add((long)capturedUs + DelayUs, report);
            }

            byte[] packet = [.. minute[i % MinutePackets]];
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)i);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)i * 960);
            track.Add((long)capturedUs + DelayUs, packet);
        }

        File.WriteAllBytes(file, track.Build());
    }

    private static List<byte[]> Packets(string file)
    {
        using FileStream stream = File.OpenRead(file);
        var reader = new TrackFileReader(stream);
        List<byte[]> packets = [];
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                while (entries.Read())
                {
                    if (!Rtcp.IsRtcp(entries.Packet))
                    {
                        packets.Add(entries.Packet.ToArray());
                    }
                }
            }
        }

        return packets;
    }
}
