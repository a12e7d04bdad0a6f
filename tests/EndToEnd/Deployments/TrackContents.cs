using System.Security.Cryptography;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;

namespace Recording.EndToEnd.Deployments;

/// <summary>What lies in the track files and segments below a directory, read without the service.</summary>
internal static class TrackContents
{
    /// <summary>SHA-256 of every stored RTP packet.</summary>
    public static HashSet<string> Hashes(string directory)
    {
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(directory, "*.rtp", SearchOption.AllDirectories))
        {
            using FileStream file = File.OpenRead(path);
            var reader = new TrackFileReader(file);
            while (reader.Read())
            {
                if (reader.Kind != TrackItemKind.Block || reader.Header.Kind != BlockKind.Data)
                {
                    continue;
                }

                var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                while (entries.Read())
                {
                    if (!entries.Packet.IsEmpty && !Rtcp.IsRtcp(entries.Packet))
                    {
                        hashes.Add(Convert.ToHexStringLower(SHA256.HashData(entries.Packet)));
                    }
                }
            }
        }

        return hashes;
    }
}
