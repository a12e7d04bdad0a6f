using System.Buffers.Binary;
using System.Text.Json;
using Recording.Media.Captures;
using Recording.Media.Rtp;
using Recording.Media.Tests.Support;
using Recording.PostProcessing.Report;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>Reports on real browser and mediasoup media against what was done to it (shared/data/MANIFEST.md) and what a plain walk over the capture counts.</summary>
public sealed class RealCaptureReportTests
{
    [SharedDataFact]
    public async Task Every_burst_of_loss_is_found_where_it_was_made()
    {
        Capture capture = Capture.Read("vp8-burst-nortx");
        using ReportedRecording recording = capture.Recording(0x2423ae63, 111, 0x67b359bd, 96);
        QualityReport report = await recording.ReportAsync();
        ReportTrack audio = report.Participants[0].Tracks[0];
        ReportTrack video = report.Participants[0].Tracks[1];

        AssertLoss(capture.NeverCame(0x2423ae63), audio);
        AssertLoss(capture.NeverCame(0x67b359bd), video);
        Assert.Equal((80, 4, 20), (audio.Packets.Lost, audio.Loss.Bursts, audio.Loss.Longest));
        Assert.Equal((24, 72), (video.Packets.Lost, video.Packets.Reordered));
        Assert.Equal([0, 0, 0, 0, 4, 0], audio.Loss.Lengths.Select(range => range.Count));
        Assert.All(audio.Gaps.List, gap => Assert.Equal("loss", gap.Kind));
        Assert.InRange(audio.Gaps.LossMs, 1_560, 1_640);

        // No key frame came after the loss at 30 s: the picture stands still to the end, and the score says so.
        ReportGap freeze = Assert.Single(video.Picture!.FreezeList);
        Assert.Equal("keyframe", freeze.Kind);
        Assert.InRange(freeze.T, 29_800, 30_100);
        Assert.InRange(freeze.DurationMs, 15_000, 15_500);
        Assert.InRange(video.Score, 40, 60);
        Assert.InRange(audio.Score, 75, 85);
        Assert.Contains(report.Findings, finding => finding.TrackId == audio.TrackId && finding.Text.Contains("80 packets (3.53 %) never came, in 4 bursts, the longest of 20", StringComparison.Ordinal));
        Assert.All(report.Files, file => Assert.Equal("ok", file.State));
    }

    [SharedDataFact]
    public async Task Discontinuous_transmission_is_no_loss_and_as_long_as_the_timestamps_say()
    {
        Capture capture = Capture.Read("opus-dtx-vp8");
        using ReportedRecording recording = capture.Recording(0x47925fc1, 111, 0xa7a00406, 96);
        QualityReport report = await recording.ReportAsync();
        ReportTrack audio = report.Participants[0].Tracks[0];
        double silentMs = capture.TimestampGapsMs(0x47925fc1, 48, 20).Where(gap => gap >= 60).Sum();
        Assert.InRange(silentMs, 9_000, 12_000);
        Assert.InRange(audio.Gaps.DtxMs, silentMs * 0.98, silentMs * 1.02);
        Assert.Equal((0, 0, 0, 0), (audio.Gaps.LossMs, audio.Gaps.StoppedMs, audio.Gaps.MutedMs, audio.Packets.Lost));
        Assert.Equal((100, 345), (audio.Score, audio.Packets.Media));
    }

    [SharedDataFact]
    public async Task Silence_that_is_sent_a_device_taken_away_and_a_camera_switched_off_are_told_apart()
    {
        Capture capture = Capture.Read("vp8-events");
        using ReportedRecording recording = capture.Recording(0x1a189a01, 111, 0x86d9d436, 96);
        QualityReport report = await recording.ReportAsync();
        ReportTrack audio = report.Participants[0].Tracks[0];
        ReportTrack video = report.Participants[0].Tracks[1];

        AssertGap(audio, "silent", capture.Event("audio.enabled=false"), capture.Event("audio.enabled=true"), 500);
        AssertGap(audio, "stopped", capture.Event("audio replaceTrack(null)"), capture.Event("audio replaceTrack(back)"), 150);
        Assert.Equal(2, audio.Gaps.List.Count);
        AssertGap(video, "stopped", capture.Event("video replaceTrack(null)"), capture.Event("video replaceTrack(back)"), 200);
        AssertGap(video, "stopped", capture.Event("video encoding active=false"), capture.Event("video encoding active=true"), 200);
        Assert.Equal(0, video.Picture!.Freezes);
        Assert.Equal([(640, 480), (320, 240), (640, 360)], video.Picture.Resolutions.Select(size => (size.Width, size.Height)));
        Assert.InRange(report.Participants[0].AvErrorMs!.Value, 0, 20);
        Assert.Equal(100, report.Score);
    }

    [SharedDataFact]
    public async Task A_producer_that_the_SFU_paused_is_muted_and_a_consumer_that_nobody_told_of_has_stopped()
    {
        Capture capture = Capture.Read("ms-vp8-pauses");
        using ReportedRecording recording = capture.Recording(0x14350f7a, 100, 0x37e1f5bf, 101);
        recording.AddEvent(capture.FirstUs + capture.Event("producerpause"), "producer_paused", "alice", "producer-audio");
        recording.AddEvent(capture.FirstUs + capture.Event("producerresume"), "producer_resumed", "alice", "producer-audio");
        QualityReport report = await recording.ReportAsync();
        ReportTrack audio = report.Participants[0].Tracks[0];
        ReportTrack video = report.Participants[0].Tracks[1];
        AssertGap(audio, "muted", capture.Event("producerpause"), capture.Event("producerresume"), 150);
        AssertGap(video, "stopped", capture.Event("consumer.pause video"), capture.Event("consumer.resume video"), 300);
        Assert.Equal((56, 720, 0), (video.Packets.Probes, video.Picture!.Frames, video.Packets.Lost));
    }

    [SharedDataFact]
    public async Task The_ladder_of_resolutions_and_a_clock_that_runs_slow_are_seen()
    {
        Capture capture = Capture.Read("vp8-opus");
        using ReportedRecording recording = capture.Recording(0xf7c88d56, 111, 0x71dc8bfa, 96);
        QualityReport report = await recording.ReportAsync();
        ReportTrack video = report.Participants[0].Tracks[1];
        Assert.Equal([(640, 360), (960, 540), (1280, 720)], video.Picture!.Resolutions.Select(size => (size.Width, size.Height)));
        Assert.Equal(14_100, video.Picture.Resolutions[1].T, 200.0);
        Assert.Equal(18_100, video.Picture.Resolutions[2].T, 200.0);
        Assert.Equal((1207, 7), (video.Picture.Frames, video.Picture.Keyframes));

        // The machine was loaded: the audio clock ran 0.06 to 0.08 % slow.
        Assert.InRange(report.Participants[0].Tracks[0].Clock.SkewPpm, 400, 900);
        Assert.InRange(video.Clock.SkewPpm, -50, 50);
        Assert.InRange(video.Bitrate.MeanBps, 580_000, 620_000);
    }

    private static void AssertLoss(List<(long TimeUs, int Packets)> truth, ReportTrack track)
    {
        Assert.Equal(truth.Select(burst => burst.Packets), track.Loss.List.Select(burst => burst.Packets));
        foreach ((long expected, long found) in truth.Select(burst => burst.TimeUs / 1000).Zip(track.Loss.List.Select(burst => burst.T)))
        {
            Assert.InRange(found, expected - 80, expected + 40);
        }
    }

    private static void AssertGap(ReportTrack track, string kind, long fromUs, long toUs, long toleranceMs)
    {
        long from = fromUs / 1000;
        long length = (toUs - fromUs) / 1000;
        Assert.Contains(track.Gaps.List, gap => gap.Kind == kind && Math.Abs(gap.T - from) <= toleranceMs && Math.Abs(gap.DurationMs - length) <= toleranceMs);
    }

    private sealed record Capture(string Name, long FirstUs, long LastUs)
    {
        public static Capture Read(string name)
        {
            long first = long.MaxValue;
            long last = 0;
            using FileStream stream = File.OpenRead(SharedData.PathOf($"browser/{name}.pcap"));
            CaptureReader reader = CaptureReader.Open(stream);
            while (reader.Read())
            {
                first = Math.Min(first, reader.TimeUs);
                last = Math.Max(last, reader.TimeUs);
            }

            return new Capture(name, first, last);
        }

        /// <summary>When something was done, µs since the first packet.</summary>
        public long Event(string name)
        {
            using JsonDocument events = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf($"browser/{Name}.events.json")));
            long time = events.RootElement.EnumerateArray().First(entry => entry.GetProperty("e").GetString() == name).GetProperty("t").GetInt64();
            return (time > 100_000_000_000_000 ? time : time * 1000) - FirstUs;
        }

        /// <summary>Runs of packets that the impairment dropped and that are not in the capture either: when the first was dropped, and how many.</summary>
        public List<(long TimeUs, int Packets)> NeverCame(uint ssrc)
        {
            HashSet<ushort> came = [.. Packets(ssrc).Select(packet => packet.Sequence)];
            List<(long TimeUs, int Packets)> runs = [];
            int last = -2;
            foreach (string line in File.ReadLines(SharedData.PathOf($"browser/{Name}.dropped.jsonl")))
            {
                using JsonDocument dropped = JsonDocument.Parse(line);
                var sequence = (ushort)dropped.RootElement.GetProperty("seq").GetInt32();
                if (dropped.RootElement.GetProperty("ssrc").GetUInt32() != ssrc || came.Contains(sequence))
                {
                    continue;
                }

                if (sequence == last + 1)
                {
                    runs[^1] = (runs[^1].TimeUs, runs[^1].Packets + 1);
                }
                else
                {
                    runs.Add((dropped.RootElement.GetProperty("t").GetInt64() - FirstUs, 1));
                }

                last = sequence;
            }

            return runs;
        }

        /// <summary>How far timestamps jump beyond one packet's playing time.</summary>
        public IEnumerable<double> TimestampGapsMs(uint ssrc, double ticksPerMs, double packetMs)
        {
            uint? before = null;
            foreach ((_, uint timestamp) in Packets(ssrc))
            {
                if (before is { } last)
                {
                    yield return ((timestamp - last) / ticksPerMs) - packetMs;
                }

                before = timestamp;
            }
        }

        private List<(ushort Sequence, uint Timestamp)> Packets(uint ssrc)
        {
            List<(ushort, uint)> packets = [];
            using FileStream stream = File.OpenRead(SharedData.PathOf($"browser/{Name}.pcap"));
            CaptureReader reader = CaptureReader.Open(stream);
            while (reader.Read())
            {
                ReadOnlySpan<byte> data = reader.Payload.Span;
                if (data.Length >= 12 && !Rtcp.IsRtcp(data) && BinaryPrimitives.ReadUInt32BigEndian(data[8..]) == ssrc)
                {
                    packets.Add((BinaryPrimitives.ReadUInt16BigEndian(data[2..]), BinaryPrimitives.ReadUInt32BigEndian(data[4..])));
                }
            }

            return packets;
        }

        public ReportedRecording Recording(uint audio, byte audioType, uint video, byte videoType)
        {
            var recording = new ReportedRecording(FirstUs, (LastUs - FirstUs) / 1e6);
            string file = $"browser/{Name}.pcap";
            recording.Add("audio", CapturedTrack.Build(file, "audio", ReportedRecording.Opus(audioType, audioType == 100 ? 10u : 1u), audio));
            recording.Add("video", CapturedTrack.Build(file, "video", TrackFileBuilder.Vp8(videoType, 120), video, 1234));
            return recording;
        }
    }
}
