using System.Buffers.Binary;
using Recording.Media.Captures;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Media;

/// <summary>Captures of a real browser, and their packets by source: as captured, and as stored.</summary>
internal static class BrowserCapture
{
    /// <summary>Why captures outside the repository cannot be used; null when they can.</summary>
    public static string? Absence => Folder is null ? "No shared/data folder above the tests, and RECORDING_SHARED_DATA is not set." : null;

    private static string? Folder { get; } = Find();

    /// <summary>A capture that lies in the repository, and its SDP.</summary>
    public static (string Capture, string Sdp) Fixture(string name)
    {
        string path = Path.Combine(SourceTree.Root, "tests", "fixtures", "browser", name);
        return (path + ".pcap", path + ".sdp");
    }

    /// <summary>A capture outside it, and its SDP.</summary>
    public static (string Capture, string Sdp) Shared(string name)
    {
        string path = Path.Combine(Folder!, "browser", name);
        return (path + ".pcap", path + ".offer.sdp");
    }

    /// <summary>RTP of each source in the order of the capture.</summary>
    public static SortedDictionary<uint, List<string>> Captured(string path)
    {
        using FileStream file = File.OpenRead(path);
        CaptureReader reader = CaptureReader.Open(file);
        var packets = new SortedDictionary<uint, List<string>>();
        while (reader.Read())
        {
            Add(packets, reader.Payload.Span);
        }

        Assert.Null(reader.Defect);
        return packets;
    }

    /// <summary>RTP of each source in the order of the track files of a recording.</summary>
    public static SortedDictionary<uint, List<string>> Stored(string recording)
    {
        var packets = new SortedDictionary<uint, List<string>>();
        foreach (string path in Directory.EnumerateFiles(Path.Combine(recording, "tracks"), "*.rtp"))
        {
            using FileStream file = File.OpenRead(path);
            var reader = new TrackFileReader(file);
            while (reader.Read())
            {
                if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
                {
                    var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                    while (entries.Read())
                    {
                        Add(packets, entries.Packet);
                    }
                }
            }

            Assert.Empty(reader.Damage);
        }

        return packets;
    }

    private static void Add(SortedDictionary<uint, List<string>> packets, ReadOnlySpan<byte> data)
    {
        if (data.Length < RtpPacket.FixedHeaderLength || data[0] >> 6 != 2 || Rtcp.IsRtcp(data))
        {
            return;
        }

        uint ssrc = BinaryPrimitives.ReadUInt32BigEndian(data[8..]);
        if (!packets.TryGetValue(ssrc, out List<string>? list))
        {
            packets.Add(ssrc, list = []);
        }

        list.Add(Convert.ToHexStringLower(data));
    }

    private static string? Find()
    {
        string? configured = Environment.GetEnvironmentVariable("RECORDING_SHARED_DATA");
        if (!string.IsNullOrEmpty(configured))
        {
            return Directory.Exists(Path.Combine(configured, "browser")) ? configured : null;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(Path.Combine(candidate, "browser")))
            {
                return candidate;
            }
        }

        return null;
    }
}
