using System.Buffers.Binary;
using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>Reads the skeleton of a Matroska file with one track (RFC 9559), as our writer and FFmpeg's make it: where its clusters are and when their frames are shown.</summary>
internal static class MatroskaScan
{
    private const uint Segment = 0x18538067;
    private const uint Cluster = 0x1F43B675;
    private const uint Timestamp = 0xE7;
    private const uint SimpleBlock = 0xA3;
    private const uint BlockGroup = 0xA0;
    private const uint Block = 0xA1;
    private const uint ReferenceBlock = 0xFB;
    private const byte KeyframeFlag = 0x80;
    private const byte InvisibleFlag = 0x08;

    // Fewer points make a smaller index; key frames are always in it.
    private const long PointDistanceUs = 2_000_000;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="RecordingException">4005: it is not such a file.</exception>
    public static MediaIndex Index(FileInfo file)
    {
        using FileStream stream = Open(file);
        long header = -1;
        long end = 0;
        long lastKeyUs = long.MinValue;
        long longestUs = 0;
        long lastUs = 0;
        List<MediaPoint> points = [];
        foreach (ClusterAt cluster in Clusters(stream))
        {
            header = header < 0 ? cluster.Offset : header;
            end = cluster.End;
            (long timeUs, bool key) = cluster.FirstFrame;
            if (key || points.Count == 0 || timeUs - points[^1].TimeUs >= PointDistanceUs)
            {
                points.Add(new MediaPoint(timeUs, cluster.Offset, key));
            }

            if (key)
            {
                longestUs = lastKeyUs == long.MinValue ? longestUs : Math.Max(longestUs, timeUs - lastKeyUs);
                lastKeyUs = timeUs;
            }

            lastUs = cluster.LastUs;
        }

        longestUs = lastKeyUs == long.MinValue ? longestUs : Math.Max(longestUs, lastUs - lastKeyUs);
        return new MediaIndex { HeaderBytes = Math.Max(0, header), EndOffset = end, Points = points, LongestKeyframeGapUs = longestUs };
    }

    /// <summary>
    /// Writes the header and the clusters of a stretch into a file of its own: from the last cluster that begins with a key frame at or before the start
    /// (the first one when there is none) to the last that begins before the end.
    /// </summary>
    /// <returns>Time of the picture that is in force at the start, or of the first one behind it; null = there is no picture in the stretch.</returns>
    public static long? Slice(FileInfo source, long startUs, long endUs, FileInfo target)
    {
        using FileStream stream = Open(source);
        ClusterAt? first = null;
        long header = -1;
        long end = 0;
        long? entryUs = null;
        foreach (ClusterAt cluster in Clusters(stream))
        {
            header = header < 0 ? cluster.Offset : header;
            (long timeUs, bool key) = cluster.FirstFrame;
            if (timeUs >= endUs)
            {
                break;
            }

            if (key && (first is null || timeUs <= startUs))
            {
                first = cluster;
                entryUs = null;
            }

            if (first is not null)
            {
                end = cluster.End;
                foreach (long shownUs in cluster.Shown)
                {
                    if (entryUs is null || (shownUs <= startUs && shownUs > entryUs))
                    {
                        entryUs = shownUs;
                    }
                }
            }
        }

        if (first is null || entryUs is null || entryUs >= endUs)
        {
            return null;
        }

        using FileStream output = target.Create();
        CopyHeader(stream, header, output);
        Copy(stream, first.Offset, end - first.Offset, output);
        return entryUs;
    }

    /// <summary>Time of the first frame; null = there is none.</summary>
    public static long? FirstTime(FileInfo file)
    {
        using FileStream stream = Open(file);
        foreach (ClusterAt cluster in Clusters(stream))
        {
            return cluster.FirstFrame.TimeUs;
        }

        return null;
    }

    private static FileStream Open(FileInfo file) => new(file.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 1 << 16 });

    // The segment's length is the whole file's: in a part of it there is no such length.
    private static void CopyHeader(FileStream stream, long length, FileStream output)
    {
        byte[] header = new byte[length];
        stream.Position = 0;
        stream.ReadExactly(header);
        int segment = header.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x18, 0x53, 0x80, 0x67]);
        if (segment >= 0 && segment + 12 <= header.Length && header[segment + 4] == 0x01)
        {
            header.AsSpan(segment + 5, 7).Fill(0xFF);
        }

        output.Write(header);
    }

    private static void Copy(FileStream stream, long offset, long length, FileStream output)
    {
        byte[] buffer = new byte[1 << 18];
        stream.Position = offset;
        while (length > 0)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0)
            {
                throw Damaged("it ends within a cluster");
            }

            output.Write(buffer, 0, read);
            length -= read;
        }
    }

    private static IEnumerable<ClusterAt> Clusters(FileStream stream)
    {
        long position = 0;
        while (position < stream.Length)
        {
            stream.Position = position;
            uint id = ReadId(stream);
            long size = ReadSize(stream);
            if (id == Segment)
            {
                position = stream.Position;
                continue;
            }

            if (size < 0)
            {
                throw Damaged($"element {id:x} has no length");
            }

            long end = stream.Position + size;
            if (id == Cluster && size > 0)
            {
                yield return ReadCluster(stream, position, Math.Min(end, stream.Length));
            }

            position = end;
        }
    }

    private static ClusterAt ReadCluster(FileStream stream, long offset, long end)
    {
        long baseMs = 0;
        List<long> shown = [];
        (long TimeUs, bool Key)? first = null;
        long lastUs = 0;
        long position = stream.Position;
        while (position < end)
        {
            stream.Position = position;
            uint id = ReadId(stream);
            long size = ReadSize(stream);
            long content = stream.Position;
            if (size < 0 || content + size > end)
            {
                throw Damaged("a block goes beyond its cluster");
            }

            position = content + size;
            if (id == Timestamp)
            {
                baseMs = ReadNumber(stream, (int)size);
            }
            else if (id is SimpleBlock or BlockGroup)
            {
                (int offsetMs, bool key, bool visible) = id == SimpleBlock ? ReadSimple(stream) : ReadGroup(stream, position);
                lastUs = (baseMs + offsetMs) * 1000;
                first ??= (lastUs, key);
                if (visible)
                {
                    shown.Add(lastUs);
                }
            }
        }

        return new ClusterAt(offset, end, first ?? (baseMs * 1000, false), lastUs, shown);
    }

    private static (int OffsetMs, bool Key, bool Visible) ReadSimple(FileStream stream)
    {
        ReadSize(stream);
        Span<byte> head = stackalloc byte[3];
        stream.ReadExactly(head);
        return (BinaryPrimitives.ReadInt16BigEndian(head), (head[2] & KeyframeFlag) != 0, (head[2] & InvisibleFlag) == 0);
    }

    // In a group a frame is a key frame when it refers to no other.
    private static (int OffsetMs, bool Key, bool Visible) ReadGroup(FileStream stream, long end)
    {
        (int OffsetMs, bool Key, bool Visible) block = (0, false, false);
        bool refers = false;
        while (stream.Position < end)
        {
            uint id = ReadId(stream);
            long size = ReadSize(stream);
            long next = stream.Position + size;
            if (id == Block)
            {
                block = ReadSimple(stream);
            }

            refers |= id == ReferenceBlock;
            stream.Position = next;
        }

        return (block.OffsetMs, !refers, block.Visible);
    }

    private static uint ReadId(FileStream stream)
    {
        int first = ReadByte(stream);
        int length = System.Numerics.BitOperations.LeadingZeroCount((uint)first) - 24 + 1;
        if (length > 4)
        {
            throw Damaged("an element has no id");
        }

        uint id = (uint)first;
        for (int i = 1; i < length; i++)
        {
            id = (id << 8) | (uint)ReadByte(stream);
        }

        return id;
    }

    // -1 = unknown.
    private static long ReadSize(FileStream stream)
    {
        int first = ReadByte(stream);
        int length = System.Numerics.BitOperations.LeadingZeroCount((uint)first) - 24 + 1;
        if (length > 8)
        {
            throw Damaged("an element has no length");
        }

        long size = first & ((1 << (8 - length)) - 1);
        bool unknown = size == (1 << (8 - length)) - 1;
        for (int i = 1; i < length; i++)
        {
            int next = ReadByte(stream);
            unknown &= next == 0xFF;
            size = (size << 8) | (long)next;
        }

        return unknown ? -1 : size;
    }

    private static long ReadNumber(FileStream stream, int length)
    {
        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value = (value << 8) | (long)ReadByte(stream);
        }

        return value;
    }

    private static int ReadByte(FileStream stream) => stream.ReadByte() is >= 0 and var value ? value : throw Damaged("it ends within an element");

    private static RecordingException Damaged(string what) => new(RecordingErrorCode.IntegrityCheckFailed, $"a remuxed track is not as it was written: {what}");

    private sealed record ClusterAt(long Offset, long End, (long TimeUs, bool Key) FirstFrame, long LastUs, IReadOnlyList<long> Shown);
}
