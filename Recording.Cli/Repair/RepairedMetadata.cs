using System.Globalization;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model.Documents;

namespace Recording.Cli.Repair;

/// <summary>metadata.json after repairs: figures, gaps, sizes and hashes of the files that are new.</summary>
internal static class RepairedMetadata
{
    /// <summary>The document with what is new of some files.</summary>
    /// <param name="metadata">As it was.</param>
    /// <param name="files">By the file's name without folder.</param>
    public static MetadataDocument Update(MetadataDocument metadata, IReadOnlyDictionary<string, AssemblyResult> files)
    {
        long originUs = DocumentTime.ToMicroseconds(metadata.Timeline.Origin);
        return metadata with
        {
            Participants = [.. metadata.Participants.Select(peer => peer with { Tracks = [.. peer.Tracks.Select(track => Find(files, track.File) is { } file ? Track(track, file, originUs) : track)] })],
            Integrity = new IntegritySection
            {
                Files = [.. metadata.Integrity.Files.Select(known => Find(files, known.File) is { } file ? known with { Bytes = file.Size, Sha256 = file.Sha256 } : known)],
            },
        };
    }

    /// <summary>A header for a file that has lost its own.</summary>
    public static TrackHeader Header(MetadataDocument metadata, ParticipantSection peer, RecordedTrack track)
    {
        var format = new TrackFormat();
        format.PayloadTypes.AddRange(track.PayloadTypes.Select(Format));
        format.Encodings.AddRange(track.Ssrcs.Select(ssrc => new EncodingFormat { Ssrc = ssrc }));
        return new TrackHeader
        {
            FileVersion = TrackSection.FileVersion,
            ServiceVersion = metadata.Recording.ServiceVersion,
            RoomId = metadata.Room.RoomId,
            RecordingId = metadata.Recording.RecordingId,
            TrackId = track.TrackId,
            ProducerId = track.ProducerId,
            PeerId = track.PeerId,
            DisplayName = peer.DisplayName,
            Kind = track.Kind,
            TrackType = track.TrackType,
            IsScreenshare = track.IsScreenshare,
            Format = format,
        };
    }

    private static AssemblyResult? Find(IReadOnlyDictionary<string, AssemblyResult> files, string? file) =>
        file is not null && file.StartsWith("tracks/", StringComparison.Ordinal) && files.TryGetValue(file["tracks/".Length..], out AssemblyResult? result) ? result : null;

    private static PayloadFormat Format(PayloadTypeSection type)
    {
        var format = new PayloadFormat { Pt = (uint)type.Pt, Codec = type.Codec, ClockRate = (uint)type.ClockRate, Channels = (uint)(type.Channels ?? 0), Fmtp = type.Fmtp ?? "" };
        if (type.Apt is { } apt)
        {
            format.Apt = (uint)apt;
        }

        return format;
    }

    private static RecordedTrack Track(RecordedTrack track, AssemblyResult file, long originUs) => track with
    {
        Bytes = file.Size,
        Packets = file.Packets,
        Lost = file.Lost,
        Duplicates = file.Duplicates,
        Reordered = file.Reordered,
        Late = file.Late,
        JitterMs = file.JitterMs,
        BitrateBps = file.BitrateBps,
        Keyframes = file.Keyframes,
        Gaps = [.. file.Gaps.Select(gap => Gap(gap, originUs))],
        Sha256 = file.Sha256,
    };

    private static GapSection Gap(AssembledGap gap, long originUs) => new()
    {
        T = gap.TimeUs == 0 ? null : DocumentTime.MillisecondsFrom(originUs, gap.TimeUs),
        DurationMs = gap.DurationUs == 0 ? null : gap.DurationUs / 1000,
        Epoch = gap.Epoch.ToString(CultureInfo.InvariantCulture),
        FirstIndex = gap.FirstIndex == 0 ? null : gap.FirstIndex,
        LastIndex = gap.LastIndex == 0 ? null : gap.LastIndex,
        Reason = gap.Reason,
    };
}
