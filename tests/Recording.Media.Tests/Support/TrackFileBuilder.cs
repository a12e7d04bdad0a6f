using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Support;

/// <summary>Writes a track file in memory, block by block as an assembled one has them.</summary>
public sealed class TrackFileBuilder
{
    private readonly ArrayBufferWriter<byte> _file = new();
    private readonly DataPayloadWriter _payload = new();
    private readonly ulong _epoch;
    private ulong _index = 1;

    public TrackFileBuilder(string kind, TrackFormat format, ulong epoch = 7)
    {
        _epoch = epoch;
        _file.Write(TrackSection.Encode(new TrackHeader { FileVersion = 1, Kind = kind, TrackId = "peer-" + kind, Format = format }));
    }

    public static TrackFormat Opus(byte payloadType = 111) =>
        new() { PayloadTypes = { new PayloadFormat { Pt = payloadType, Codec = "opus", ClockRate = 48000, Channels = 2 } } };

    public static TrackFormat Vp8(byte payloadType = 96, byte rtx = 97) => new()
    {
        PayloadTypes =
        {
            new PayloadFormat { Pt = payloadType, Codec = "vp8", ClockRate = 90000 },
            new PayloadFormat { Pt = rtx, Codec = "rtx", ClockRate = 90000, Apt = payloadType },
        },
    };

    /// <summary>One codec, with its RTX when that has a payload type.</summary>
    public static TrackFormat Of(string codec, byte payloadType, byte rtx = 0, uint clockRate = 90_000, string fmtp = "")
    {
        TrackFormat format = new() { PayloadTypes = { new PayloadFormat { Pt = payloadType, Codec = codec, ClockRate = clockRate, Channels = clockRate < 90_000 ? 1u : 0, Fmtp = fmtp } } };
        if (rtx > 0)
        {
            format.PayloadTypes.Add(new PayloadFormat { Pt = rtx, Codec = "rtx", ClockRate = clockRate, Apt = payloadType });
        }

        return format;
    }

    public TrackFileBuilder Add(long timeUs, ReadOnlySpan<byte> packet)
    {
        if (_payload.Count >= 100 || !_payload.TryAdd(timeUs, packet))
        {
            Flush();
            Assert.True(_payload.TryAdd(timeUs, packet));
        }

        return this;
    }

    public TrackFileBuilder AddMarker(Marker marker)
    {
        Flush();
        Block.Write(_file, new BlockHeader(BlockKind.Marker, BlockFlags.None, 0, 0, _epoch, _index, marker.TimeUs, marker.TimeUs), marker.ToByteArray());
        return this;
    }

    public TrackFileBuilder AddFormat(TrackFormat format)
    {
        Flush();
        Block.Write(_file, new BlockHeader(BlockKind.Format, BlockFlags.None, 0, 0, _epoch, _index, 0, 0), format.ToByteArray());
        return this;
    }

    public byte[] Build()
    {
        Flush();
        return _file.WrittenSpan.ToArray();
    }

    private void Flush()
    {
        if (_payload.Count > 0)
        {
            Block.Write(
                _file,
                new BlockHeader(BlockKind.Data, BlockFlags.None, 0, _payload.Count, _epoch, _index, _payload.BaseTimeUs, _payload.BaseTimeUs),
                _payload.Payload);
            _index += (ulong)_payload.Count;
            _payload.Clear();
        }
    }
}
