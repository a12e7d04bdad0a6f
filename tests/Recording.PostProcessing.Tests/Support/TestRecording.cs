using System.Buffers;
using System.Buffers.Binary;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Makes a recording directory as the service stores it: RTP of generated VP8 and Opus in track files, and the documents.</summary>
public sealed class TestRecording(DirectoryInfo directory, double seconds)
{
    public const long OriginUs = 1_750_000_000_123_456;

    private const byte TurnExtension = 13;
    private const byte OtherPayloadType = 0;
    private const long Second = 1_000_000;
    private readonly Dictionary<string, ParticipantSection> _participants = new(StringComparer.Ordinal);
    private readonly List<TimelineEntry> _events = [];
    private uint _nextSsrc = 1000;

    /// <summary>A camera. The picture's clock flashes at whole seconds of recording time, whatever the network delays.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="colour">Of the picture.</param>
    /// <param name="start">When it is published, seconds.</param>
    /// <param name="length">For how long, seconds.</param>
    /// <param name="delayMs">Network delay of every packet.</param>
    /// <param name="dropFirst">Frames that are missing at the start, the first key frame among them.</param>
    /// <param name="options">What else is special.</param>
    public async Task AddVideoAsync(string peer, string colour, double start, double length, int delayMs = 40, int dropFirst = 0, TestMedia? options = null)
    {
        TestMedia media = options ?? new TestMedia();
        var packets = new List<TestPacket>();
        ushort pictureId = 32_760;
        foreach ((int window, (double from, double seconds)) in (media.Windows ?? [(start, length)]).Index())
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            FileInfo file = scratch.File("v.ivf");
            await Synthetic.VideoAsync(file, colour, from, seconds, media.Size, media.FrameRate, media.KeyFrames, "ivf", media.Source, media.WindowFilters?[window] ?? media.Filter);
            int number = 0;
            foreach (byte[] frame in IvfFrames(await File.ReadAllBytesAsync(file.FullName)))
            {
                double capturedAt = from + ((double)number / media.FrameRate);
                var ticks = (long)Math.Round((capturedAt - start) * 90_000 * (1 + (media.SkewPpm / 1e6)));
                int count = (frame.Length + 1099) / 1100;
                for (int i = 0; i < count && (from > start || number >= dropFirst) && media.IsSent?.Invoke(capturedAt) != false; i++)
                {
                    // RFC 7741 4.2: X and S, then I, then a PictureID of 15 bits.
                    byte[] part = frame.AsSpan(i * 1100, Math.Min(1100, frame.Length - (i * 1100))).ToArray();
                    byte[] payload = [(byte)(0x80 | (i == 0 ? 0x10 : 0)), 0x80, (byte)(0x80 | (pictureId >> 8)), (byte)pictureId, .. part];
                    packets.Add(new TestPacket(capturedAt, ticks, payload, i == count - 1));
                }

                pictureId = (ushort)((pictureId + 1) & 0x7FFF);
                number++;
            }
        }

        await WriteTrackAsync(peer, media.IsScreenshare ? "screen" : "video", "vp8", 96, 90_000, 0, start, length, delayMs, packets, media);
    }

    /// <summary>A microphone that beeps at whole seconds of recording time.</summary>
    public async Task AddAudioAsync(string peer, double start, double length, int delayMs = 10, TestMedia? options = null)
    {
        TestMedia media = options ?? new TestMedia();
        double rate = 1 + (media.SkewPpm / 1e6);
        var packets = new List<TestPacket>();
        foreach ((double from, double seconds) in media.Windows ?? [(start, length)])
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            FileInfo file = scratch.File("a.ogg");
            await Synthetic.AudioAsync(file, from, seconds, "ogg", media.SkewPpm, media.Source, media.Filter);
            var first = (long)Math.Round((from - start) * 48_000 * rate);
            packets.AddRange(OggPackets(await File.ReadAllBytesAsync(file.FullName)).Skip(2).Select((packet, i) => new TestPacket(from + (i * 0.02 / rate), first + (i * 960L), packet, i == 0))
                .Where(packet => media.IsSent?.Invoke(packet.CapturedAt) != false));
        }

        await WriteTrackAsync(peer, "audio", "opus", 111, 48_000, 2, start, length, delayMs, packets, media);
    }

    /// <summary>Another participant's track of the same packets, under an id and for a part of the time of his own.</summary>
    public void ShareTrack(string peer, string trackId, double seconds)
    {
        RecordedTrack track = _participants.Values.SelectMany(participant => participant.Tracks).Single(track => track.TrackId == trackId);
        string file = $"tracks/{peer}-audio.rtp";
        File.Copy(Path.Combine(directory.FullName, track.File!), Path.Combine(directory.FullName, file));
        _participants[peer] = Participant(peer) with { Tracks = [track with { TrackId = $"{peer}-audio", PeerId = peer, File = file, EndedAt = track.StartedAt.AddSeconds(seconds) }] };
    }

    /// <summary>A microphone that gives what is in an Ogg file of Opus packets of 20 ms.</summary>
    public async Task AddSoundAsync(string peer, FileInfo file, double start, double length, int delayMs = 10)
    {
        List<TestPacket> packets = [.. OggPackets(await File.ReadAllBytesAsync(file.FullName)).Skip(2).Select((packet, i) => new TestPacket(start + (i * 0.02), i * 960L, packet, i == 0))];
        await WriteTrackAsync(peer, "audio", "opus", 111, 48_000, 2, start, length, delayMs, packets, new TestMedia());
    }

    /// <summary>A camera or a microphone that sent these packets.</summary>
    public Task AddPacketsAsync(string peer, bool isAudio, string codec, byte pt, uint clockRate, double start, double length, List<TestPacket> packets) =>
        WriteTrackAsync(peer, isAudio ? "audio" : "video", codec, pt, clockRate, isAudio ? 1u : 0, start, length, 10, packets, new TestMedia());

    public void AddEvent(double at, string type, string? peer = null, string? track = null) =>
        _events.Add(new TimelineEntry(new Model.TimelineEvent { TimeUs = OriginUs + (long)(at * Second), Type = type, PeerId = peer, TrackId = track }, OriginUs));

    public void SetPresence(string peer, double from, double to, string? name = null) =>
        _participants[peer] = Participant(peer) with { JoinedAt = At(from), LeftAt = At(to), DisplayName = name ?? peer };

    /// <summary>Writes metadata.json and timeline.json.</summary>
    public async Task WriteDocumentsAsync(bool ended = true)
    {
        var section = new TimelineSection { Origin = At(0), Events = [.. _events.OrderBy(entry => entry.TimeUs)] };
        var metadata = new MetadataDocument
        {
            Status = ended ? "completed" : "recording",
            Room = new RoomSection { RoomId = "room", StartedAt = At(0), EndedAt = ended ? At(seconds) : null, DurationSeconds = ended ? seconds : null },
            PolicySnapshot = PolicySnapshot.From(Model.RecordingPolicy.Default),
            Participants = [.. _participants.Values],
            Timeline = section,
            Recording = new RecordingSection { RecordingId = "rec", StartedBy = "alice", ServiceVersion = "test", RequestedAt = At(0) },
        };
        await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "metadata.json"), RecordingDocument.Write(metadata));
        var timeline = new TimelineDocument { RecordingId = "rec", RoomId = "room", Timeline = section };
        await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "timeline.json"), RecordingDocument.Write(timeline));
    }

    private async Task WriteTrackAsync(
        string peer, string kind, string codec, byte pt, uint clockRate, uint channels, double start, double length, int delayMs, List<TestPacket> packets, TestMedia media)
    {
        var chance = new Random(20_261_125);
        double rate = 1 + (media.SkewPpm / 1e6);
        codec = media.Codec ?? codec;
        uint ssrc = _nextSsrc++;
        string id = $"{peer}-{kind}";
        long startUs = OriginUs + (long)(start * Second);
        uint firstTimestamp = uint.MaxValue - 20_000;
        var header = new TrackHeader
        {
            FileVersion = 1,
            RecordingId = "rec",
            RoomId = "room",
            TrackId = id,
            PeerId = peer,
            Kind = kind == "audio" ? "audio" : "video",
            Format = new TrackFormat
            {
                PayloadTypes = { new PayloadFormat { Pt = pt, Codec = codec, ClockRate = clockRate, Channels = channels } },
                Encodings = { new EncodingFormat { Ssrc = ssrc } },
            },
        };
        if (media.OtherCodecFrom is not null)
        {
            header.Format.PayloadTypes.Add(new PayloadFormat { Pt = OtherPayloadType, Codec = "pcmu", ClockRate = 8000, Channels = 1 });
        }

        if (media.Turns is not null)
        {
            header.Format.HeaderExtensions.Add(new ExtensionFormat { Id = TurnExtension, Uri = VideoOrientation.Uri });
        }

        var file = new ArrayBufferWriter<byte>();
        file.Write(TrackSection.Encode(header));
        var block = new DataPayloadWriter();
        ulong index = 1;
        ushort sequence = 65_500;
        long nextReportUs = startUs + (Second / 5);

        void Flush()
        {
            if (block.Count > 0)
            {
                Block.Write(file, new BlockHeader(BlockKind.Data, BlockFlags.None, 0, block.Count, 7, index, block.BaseTimeUs, block.BaseTimeUs + 500), block.Payload);
                index += (ulong)block.Count;
                block.Clear();
            }
        }

        void Add(long timeUs, byte[] packet)
        {
            if (block.Count >= 50 || !block.TryAdd(timeUs, packet))
            {
                Flush();
                block.TryAdd(timeUs, packet);
            }
        }

        foreach ((double capturedAt, long ticks, byte[] payload, bool marker) in packets)
        {
            long capturedUs = OriginUs + (long)Math.Round(capturedAt * Second);
            if (capturedUs - nextReportUs > 30 * Second)
            {
                nextReportUs = capturedUs - (2 * Second);
            }

            while (nextReportUs <= capturedUs)
            {
                // The sender's wall clock is 3.5 s off the recording's.
                double ntpSeconds = ((nextReportUs + 3_500_000) / 1e6) + 2_208_988_800;
                var ntp = ((ulong)ntpSeconds << 32) | (uint)((ntpSeconds - Math.Floor(ntpSeconds)) * 4_294_967_296.0);
                byte[] report = new byte[SenderReport.Length];
                new SenderReport(ssrc, ntp, firstTimestamp + (uint)(long)Math.Round((nextReportUs - startUs) * rate * clockRate / Second), 1, 1).Write(report);
                Add(nextReportUs + (delayMs * 1000), report);
                nextReportUs += Second / 2;
            }

            // RFC 8285 4.2: an extension of one byte, padded to a word.
            byte[] extension = media.Turns is { } turns ? [0xBE, 0xDE, 0, 1, TurnExtension << 4, turns.Last(turn => capturedAt > turn.At - 0.001).Orientation, 0, 0] : [];
            byte[] packet = [.. new byte[12], .. extension, .. payload];
            packet[0] = (byte)(0x80 | (extension.Length > 0 ? 0x10 : 0));
            packet[1] = (byte)((capturedAt >= media.OtherCodecFrom ? OtherPayloadType : pt) | (marker ? 0x80 : 0));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence++);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), firstTimestamp + (uint)ticks);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
            // What is measured is when a flash or a beep begins: its first packet is not lost, else there would be nothing to measure.
            double second = capturedAt - Math.Floor(capturedAt);
            if (second is < 0.07 or > 0.95 || chance.NextDouble() * 100 >= media.LossPercent)
            {
                Add(capturedUs + (delayMs * 1000), packet);
            }
        }

        Flush();
        string name = $"tracks/{id}.rtp";
        directory.CreateSubdirectory("tracks");
        await File.WriteAllBytesAsync(Path.Combine(directory.FullName, name), file.WrittenMemory.ToArray());
        ParticipantSection participant = Participant(peer);
        _participants[peer] = participant with
        {
            Tracks = [.. participant.Tracks, new RecordedTrack
            {
                TrackId = id, Kind = kind == "audio" ? "audio" : "video", Codec = codec, File = name, PeerId = peer, ProducerId = "producer-" + id,
                TrackType = kind switch { "audio" => "mic", "screen" => "screenshare", _ => "camera" }, IsScreenshare = kind == "screen", StartedAt = At(start), EndedAt = At(start + length),
            }],
        };
    }

    private ParticipantSection Participant(string peer) => _participants.TryGetValue(peer, out ParticipantSection? known) ? known : new ParticipantSection { PeerId = peer, DisplayName = peer };

    private static DateTimeOffset At(double time) => DocumentTime.FromMicroseconds(OriginUs + (long)(time * Second));

    private static IEnumerable<byte[]> IvfFrames(byte[] file)
    {
        for (int offset = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(6)); offset + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(offset));
            yield return file.AsSpan(offset + 12, length).ToArray();
            offset += 12 + length;
        }
    }

    private static IEnumerable<byte[]> OggPackets(byte[] file)
    {
        List<byte> open = [];
        for (int page = 0; page < file.Length;)
        {
            int segments = file[page + 26];
            int position = page + 27 + segments;
            for (int i = 0; i < segments; i++)
            {
                byte length = file[page + 27 + i];
                open.AddRange(file.AsSpan(position, length));
                position += length;
                if (length < 255)
                {
                    yield return open.ToArray();
                    open.Clear();
                }
            }

            page = position;
        }
    }
}
