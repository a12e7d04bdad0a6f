using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>
/// Walks whole blocks one behind the other, as an Append carries them. Indexes must run on without a hole: each data block counts its
/// entries, each <c>skipped</c> marker its run; all other blocks count nothing.
/// </summary>
public ref struct BlockSequence
{
    private readonly ReadOnlySpan<byte> _blocks;
    private readonly ulong _epoch;
    private int _offset;

    /// <param name="blocks">Whole blocks, no section.</param>
    /// <param name="epoch">Epoch that every data block and skipped marker must have.</param>
    /// <param name="firstIndex">Index that the first entry must have, from 1.</param>
    public BlockSequence(ReadOnlySpan<byte> blocks, ulong epoch, ulong firstIndex)
    {
        _blocks = blocks;
        _epoch = epoch;
        NextIndex = firstIndex;
        FirstIndex = firstIndex;
    }

    /// <summary>Header of the current block.</summary>
    public BlockHeader Header { get; private set; }

    /// <summary>Payload of the current block.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>First byte of the current block.</summary>
    public int BlockOffset { get; private set; }

    /// <summary>The current block with header and checksum.</summary>
    public readonly ReadOnlySpan<byte> Block => _blocks[BlockOffset.._offset];

    /// <summary>Index of the current block's first entry, or the next index where a block counts nothing.</summary>
    public ulong FirstIndex { get; private set; }

    /// <summary>Index behind the current block.</summary>
    public ulong NextIndex { get; private set; }

    /// <summary>What is wrong, as words for a log; null = nothing so far.</summary>
    public string? Fault { get; private set; }

    /// <summary>Moves to the next block; false at the end or when <see cref="Fault"/> says what is wrong.</summary>
    public bool Read()
    {
        if (Fault is not null || _offset >= _blocks.Length)
        {
            return false;
        }

        if (!TrackFiles.Block.TryRead(_blocks[_offset..], out BlockHeader header, out ReadOnlySpan<byte> payload))
        {
            return Fail("a block is cut short or a checksum is wrong");
        }

        BlockOffset = _offset;
        Header = header;
        Payload = payload;
        FirstIndex = NextIndex;
        switch (header.Kind)
        {
            case BlockKind.Data when !CountData(header, payload):
            case BlockKind.Marker when !CountMarker(header, payload):
                return false;
            case BlockKind.Index:
                return Fail("an index block is not allowed here");
            default:
                _offset += header.BlockLength;
                return true;
        }
    }

    /// <summary>Whether all blocks are sound and contiguous and hold <paramref name="count"/> indexes.</summary>
    /// <param name="blocks">Whole blocks.</param>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="firstIndex">Their first index.</param>
    /// <param name="count">Indexes that they must hold.</param>
    /// <param name="fault">What is wrong; null when true is returned.</param>
    public static bool IsValid(ReadOnlySpan<byte> blocks, ulong epoch, ulong firstIndex, int count, out string? fault)
    {
        var sequence = new BlockSequence(blocks, epoch, firstIndex);
        while (sequence.Read())
        {
        }

        fault = sequence.Fault;
        if (fault is null && (count < 0 || sequence.NextIndex - firstIndex != (ulong)count))
        {
            fault = $"{count} indexes were announced, {sequence.NextIndex - firstIndex} are there";
        }

        return fault is null;
    }

    internal static bool IsSkipped(ReadOnlySpan<byte> markerPayload) => TryParseMarker(markerPayload, out Marker? marker) && marker.Skipped is not null;

    internal static ulong FirstIndexOf(BlockHeader header, ReadOnlySpan<byte> payload) =>
        header.Kind == BlockKind.Marker && TryParseMarker(payload, out Marker? marker) && marker.Skipped is not null
            ? marker.Skipped.FirstIndex
            : header.FirstIndex;

    /// <summary>Reads the payload of a marker block; false when it is none.</summary>
    public static bool TryParseMarker(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out Marker? marker)
    {
        try
        {
            marker = Marker.Parser.ParseFrom(payload);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            marker = null;
            return false;
        }
    }

    private bool CountData(BlockHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Epoch != _epoch || header.FirstIndex != NextIndex)
        {
            return Fail("a data block's epoch or first index is not the one that follows");
        }

        int count = 0;
        var entries = new DataPayloadReader(payload, header.BaseTimeUs);
        while (entries.Read())
        {
            count++;
        }

        if (entries.IsDamaged || count != header.PacketCount)
        {
            return Fail("a data block's entries do not match its packet count");
        }

        return Move((ulong)count);
    }

    private bool CountMarker(BlockHeader header, ReadOnlySpan<byte> payload)
    {
        if (!TryParseMarker(payload, out Marker? marker))
        {
            return Fail("a marker does not parse");
        }

        if (marker.WhatCase != Marker.WhatOneofCase.Skipped)
        {
            return true;
        }

        if (header.Epoch != _epoch || marker.Skipped.FirstIndex != NextIndex || marker.Skipped.LastIndex < marker.Skipped.FirstIndex)
        {
            return Fail("a skipped marker's epoch or first index is not the one that follows");
        }

        return Move(marker.Skipped.LastIndex - marker.Skipped.FirstIndex + 1);
    }

    private bool Move(ulong count)
    {
        if (NextIndex + count < NextIndex)
        {
            return Fail("indexes run over 64 bits");
        }

        NextIndex += count;
        return true;
    }

    private bool Fail(string fault)
    {
        Fault = fault;
        return false;
    }
}
