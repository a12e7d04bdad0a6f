using System.Text.Json;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Simulator.Sfu;
using Recording.Storage;

namespace Recording.EndToEnd.Chaos;

/// <summary>
/// Damages stored segments, and notes which packets lay in the damaged blocks. A packet of an acknowledging SFU is stored once and no more in
/// the SFU's ring: what a flipped byte destroys is gone, and what is asked of the service is that it says so with the place and loses nothing else.
/// </summary>
internal sealed class DamageBook(IObjectStore store, string ledgerPath) : IDisposable
{
    private readonly LedgerWriter _ledger = LedgerWriter.Create(ledgerPath);
    private readonly List<DamagedBlock> _blocks = [];

    /// <summary>The packets of damaged blocks, as a ledger.</summary>
    public string LedgerPath => ledgerPath;

    /// <summary>What was damaged.</summary>
    public IReadOnlyList<DamagedBlock> Blocks => _blocks;

    /// <summary>Changes one byte of a data block of some segment; says what it did.</summary>
    /// <param name="choice">Chooses segment, block, byte and bit.</param>
    public async Task<string> FlipAsync(int choice)
    {
        var random = new Random(choice);
        List<string> keys = [];
        await foreach (ObjectInfo info in store.ListAsync(RecordingKeys.RoomsPrefix))
        {
            if (info.Key.Contains("/segments/", StringComparison.Ordinal) && SegmentKey.TryParse(info.Key, out SegmentKey key) && key.Count > 0)
            {
                keys.Add(info.Key);
            }
        }

        return keys.Count == 0 ? "no segment is stored now" : await FlipAsync(keys[random.Next(keys.Count)], random);
    }

    public void Dispose() => _ledger.Dispose();

    private async Task<string> FlipAsync(string key, Random random)
    {
        byte[] bytes;
        string tag;
        await using (StoredObject? stored = await store.GetAsync(key))
        {
            if (stored is null)
            {
                return "the segment has just gone";
            }

            tag = stored.Info.ETag;
            bytes = await stored.ReadAllAsync();
        }

        List<(long Offset, int Length)> blocks = DataBlocks(bytes);
        if (blocks.Count == 0)
        {
            return $"{key} holds no data block";
        }

        (long offset, int length) = blocks[random.Next(blocks.Count)];
        List<(ulong Index, byte[] Packet)> packets = Read(bytes, offset, out string room, out string producer, out BlockHeader header);
        int place = (int)offset + random.Next(length);
        bytes[place] ^= (byte)(1 << random.Next(8));

        // Noted first: the assembly may read it as soon as it is there.
        byte[] prefix = LedgerWriter.Prefix(room, producer, header.Epoch);
        foreach ((ulong index, byte[] packet) in packets)
        {
            _ledger.Write(prefix, index, packet);
        }

        _ledger.Flush();
        string[] parts = key.Split('/');
        _blocks.Add(new DamagedBlock(key[..(key.IndexOf("/segments/", StringComparison.Ordinal) + 1)], parts[^2], header.Epoch, header.FirstIndex, header.EndIndex - 1));
        try
        {
            await store.PutAsync(key, bytes, PutCondition.Match(tag));
        }
        catch (Recording.Model.RecordingException exception)
        {
            return $"{key} has just gone ({exception.Message})";
        }

        return $"byte {place} of {key}, in the block of {header.FirstIndex}..{header.EndIndex - 1}";
    }

    private static List<(long Offset, int Length)> DataBlocks(byte[] bytes)
    {
        List<(long, int)> blocks = [];
        var reader = new TrackFileReader(new MemoryStream(bytes, writable: false));
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                blocks.Add((reader.Offset, reader.Length));
            }
        }

        // One that is damaged already would be counted twice.
        return reader.DamageCount > 0 ? [] : blocks;
    }

    private static List<(ulong Index, byte[] Packet)> Read(byte[] bytes, long offset, out string room, out string producer, out BlockHeader header)
    {
        List<(ulong, byte[])> packets = [];
        (room, producer, header) = ("", "", default);
        var reader = new TrackFileReader(new MemoryStream(bytes, writable: false));
        while (reader.Read() && reader.Offset <= offset)
        {
            if (reader.Kind == TrackItemKind.Section && reader.Section is { } section)
            {
                (room, producer) = (section.RoomId, section.ProducerId);
            }
            else if (reader.Kind == TrackItemKind.Block && reader.Offset == offset)
            {
                header = reader.Header;
                ulong index = header.FirstIndex;
                var entries = new DataPayloadReader(reader.Payload.Span, header.BaseTimeUs);
                while (entries.Read())
                {
                    if (!entries.Packet.IsEmpty && !Rtcp.IsRtcp(entries.Packet))
                    {
                        packets.Add((index, entries.Packet.ToArray()));
                    }

                    index++;
                }
            }
        }

        return packets;
    }
}
