using Google.Protobuf;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Export;

/// <summary>Reads the packets of a track file in the order of the file, with what markers say before each. Never throws on what it reads.</summary>
public sealed class TrackEntryReader
{
    private const int MaxNotes = 8;

    private readonly TrackFileReader _reader;
    private readonly List<string> _notes = [];
    private ReadOnlyMemory<byte> _payload;
    private int _offset;

    /// <param name="trackFile">A track file or segment; need not be seekable.</param>
    public TrackEntryReader(Stream trackFile) => _reader = new TrackFileReader(trackFile);

    /// <summary>Arrival, µs since 1970.</summary>
    public long TimeUs { get; private set; }

    /// <summary>RTP, or a sender report of 28 bytes; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Packet { get; private set; }

    /// <summary>Whether the packet is RTCP.</summary>
    public bool IsReport => Rtcp.IsRtcp(Packet.Span);

    /// <summary>What markers between the packet before and this one say; empty = nothing.</summary>
    public string Notes { get; private set; } = "";

    /// <summary>Indexes whose packets were refused or not kept.</summary>
    public long Empty { get; private set; }

    /// <summary>The newest section's header; null before the first.</summary>
    public TrackHeader? Header => _reader.Section;

    /// <summary>The format that holds here; null before the first section.</summary>
    public TrackFormat? Format => _reader.Format;

    /// <summary>Damaged stretches that were skipped.</summary>
    public long DamageCount => _reader.DamageCount;

    /// <summary>Moves to the next packet; false at the end of the file.</summary>
    public bool Read()
    {
        while (true)
        {
            if (_offset >= _payload.Length)
            {
                if (!ReadBlock())
                {
                    return false;
                }

                continue;
            }

            DataPayloadReader entries = new(_payload.Span[_offset..], TimeUs);
            if (!entries.Read())
            {
                _offset = _payload.Length;
                continue;
            }

            Packet = _payload.Slice(_offset + entries.Offset - entries.Packet.Length, entries.Packet.Length);
            _offset += entries.Offset;
            TimeUs = entries.TimeUs;
            if (Packet.IsEmpty)
            {
                Empty++;
                continue;
            }

            Notes = string.Join("; ", _notes);
            _notes.Clear();
            return true;
        }
    }

    private bool ReadBlock()
    {
        if (!_reader.Read())
        {
            return false;
        }

        _payload = default;
        _offset = 0;
        if (_reader.Kind == TrackItemKind.Block && _reader.Header.Kind == BlockKind.Data)
        {
            _payload = _reader.Payload;
            TimeUs = _reader.Header.BaseTimeUs;
        }
        else if (_reader.Kind == TrackItemKind.Block && _reader.Header.Kind == BlockKind.Marker && _notes.Count < MaxNotes)
        {
            Note(_reader.Payload.Span);
        }

        return true;
    }

    private void Note(ReadOnlySpan<byte> payload)
    {
        try
        {
            Marker marker = Marker.Parser.ParseFrom(payload);
            if (marker.WhatCase != Marker.WhatOneofCase.None)
            {
                _notes.Add(JsonFormatter.Default.Format(marker));
            }
        }
        catch (InvalidProtocolBufferException)
        {
            _notes.Add("a marker of a later version");
        }
    }
}
