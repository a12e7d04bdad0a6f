using System.Buffers.Binary;
using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>
/// VP9 (RFC 9628), SVC included. A picture is what shares a timestamp; its spatial layers become one superframe, in which only the highest one that can be
/// decoded is shown. A layer that is broken, or refers to one that is, is left out until it can be decoded again.
/// </summary>
public sealed class Vp9Depacketizer : IDepacketizer
{
    private const int MaxLayers = 8;

    private readonly PictureAssembly _picture = new();
    private readonly FrameBuffer _superframe = new();
    private readonly Vp9LayerState _state = new();
    private readonly Vp9Descriptor[] _descriptors = new Vp9Descriptor[MaxLayers];
    private readonly (int Start, int Length, bool IsWhole)[] _layers = new (int Start, int Length, bool IsWhole)[MaxLayers];
    private readonly (int Width, int Height)[] _slots = new (int Width, int Height)[8];
    private readonly int[] _sizes = new int[MaxLayers];
    private int _layerCount;
    private bool _inLayer;
    private bool _followsLoss;

    // Layers that do not build on each other (S modes) are streams of their own: the highest one is taken.
    private int? _independentLayer;

    /// <inheritdoc/>
    public string Codec => "vp9";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> CodecPrivate => default;

    /// <inheritdoc/>
    public long DroppedFrames { get; private set; }

    /// <inheritdoc/>
    public long MalformedPackets { get; private set; }

    /// <inheritdoc/>
    public void Add(in MediaPacket packet, IMediaFrameSink sink)
    {
        if (packet.StartsSource)
        {
            Flush(sink);
            _state.Reset();
        }

        if (_picture.IsOpen && packet.Timestamp != _picture.Timestamp)
        {
            Finish(sink);
        }

        if (packet.LostBefore > 0)
        {
            BreakLayer();
            _state.NoteLoss();
            _followsLoss = true;
        }

        if (!Vp9Descriptor.TryParse(packet.Payload, out Vp9Descriptor descriptor))
        {
            MalformedPackets++;
            BreakLayer();
            _state.NoteLoss();
            return;
        }

        if (!_picture.IsOpen)
        {
            _picture.Begin(packet);
            _layerCount = 0;
            _inLayer = false;
        }

        Append(packet.Payload[descriptor.Length..], descriptor);
        if (packet.Marker)
        {
            Finish(sink);
        }
    }

    /// <inheritdoc/>
    public void Flush(IMediaFrameSink sink)
    {
        if (_picture.IsOpen)
        {
            Finish(sink);
        }
    }

    private void Append(ReadOnlySpan<byte> data, in Vp9Descriptor descriptor)
    {
        if (descriptor.StartsLayer)
        {
            BreakLayer();
            if (_layerCount == MaxLayers)
            {
                return;
            }

            _descriptors[_layerCount] = descriptor;
            _layers[_layerCount++] = (_picture.Data.Length, 0, false);
            _inLayer = true;
        }
        else if (!_inLayer || descriptor.SpatialId != _descriptors[_layerCount - 1].SpatialId)
        {
            // The start of this layer frame is missing; it counts as one that never came.
            BreakLayer();
            RememberStartless(descriptor);
            return;
        }

        _picture.Append(data);
        (int start, _, _) = _layers[_layerCount - 1];
        _layers[_layerCount - 1] = (start, _picture.Data.Length - start, descriptor.EndsLayer && !_picture.IsBroken);
        _inLayer = !descriptor.EndsLayer;
    }

    private void RememberStartless(in Vp9Descriptor descriptor)
    {
        if (_layerCount == 0)
        {
            // It tells which picture this is, should nothing else come of it.
            _descriptors[0] = descriptor;
            _layers[_layerCount++] = (0, 0, false);
        }
    }

    private void BreakLayer() => _inLayer = false;

    private void Finish(IMediaFrameSink sink)
    {
        _picture.IsOpen = false;
        if (_layerCount == 0)
        {
            Drop();
            return;
        }

        long id = _state.BeginPicture(_descriptors[0]);
        int used = 0;
        bool isKeyframe = false;
        (int Width, int Height) size = default;
        Vp9FrameHeader last = default;
        Span<int> order = stackalloc int[MaxLayers];
        Span<Vp9FrameHeader> headers = stackalloc Vp9FrameHeader[MaxLayers];
        for (int i = 0; i < _layerCount; i++)
        {
            if (!BelongsToStream(_descriptors[i], ref used) || !_layers[i].IsWhole || !_state.CanDecode(id, _descriptors[i]) || !Vp9FrameHeader.TryParse(Layer(i), _slots, out Vp9FrameHeader header))
            {
                continue;
            }

            _state.Deliver(id, _descriptors[i]);
            Refresh(header);
            isKeyframe |= header.IsKeyframe;
            size = header.Width > 0 ? (header.Width, header.Height) : size;
            last = header;
            order[used] = i;
            headers[used++] = header;
        }

        _state.EndPicture(id, _descriptors[0]);
        if (used == 0)
        {
            Drop();
            return;
        }

        ReadOnlySpan<byte> data = used == 1 ? Layer(order[0]) : Superframe(order[..used], headers[..used]);
        sink.Add(_picture.ToFrame(data, isKeyframe, size.Width, size.Height, _followsLoss, last.IsShown || HasSuperframeIndex(data)));
        _followsLoss = false;
    }

    private bool BelongsToStream(in Vp9Descriptor layer, ref int used)
    {
        if (!layer.IsPredicted && !layer.IsInterLayer)
        {
            _independentLayer = layer.SpatialId > 0 ? layer.SpatialId : null;
            used = 0;
        }

        return _independentLayer is not int only || layer.SpatialId == only;
    }

    private ReadOnlySpan<byte> Layer(int index) => _picture.Data.Data.Slice(_layers[index].Start, _layers[index].Length);

    private void Drop()
    {
        DroppedFrames++;
        _followsLoss = true;
    }

    private void Refresh(in Vp9FrameHeader header)
    {
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if ((header.RefreshFlags & (1 << slot)) != 0)
            {
                _slots[slot] = (header.Width, header.Height);
            }
        }
    }

    // VP9 bitstream specification, annex B: the frames, then an index of their sizes between two equal bytes 110MMNNN
    // (MM = bytes of a size less one, NNN = frames less one).
    private ReadOnlySpan<byte> Superframe(ReadOnlySpan<int> order, ReadOnlySpan<Vp9FrameHeader> headers)
    {
        const int SizeBytes = 4;
        _superframe.Clear();
        int count = 0;
        for (int i = 0; i < order.Length; i++)
        {
            bool isTop = i == order.Length - 1;
            if (!isTop && headers[i].ShowsExisting)
            {
                continue;
            }

            int before = _superframe.Length;
            _ = isTop ? _superframe.TryAppend(Layer(order[i])) : headers[i].TryHide(Layer(order[i]), _superframe);
            _sizes[count++] = _superframe.Length - before;
        }

        Span<byte> index = stackalloc byte[(MaxLayers * SizeBytes) + 2];
        byte marker = (byte)(0xC0 | ((SizeBytes - 1) << 3) | (count - 1));
        index[0] = marker;
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(index[(1 + (i * SizeBytes))..], _sizes[i]);
        }

        int length = (count * SizeBytes) + 2;
        index[length - 1] = marker;
        _superframe.TryAppend(index[..length]);
        return _superframe.Data;
    }

    private static bool HasSuperframeIndex(ReadOnlySpan<byte> frame)
    {
        byte marker = frame[^1];
        int length = 2 + ((((marker >> 3) & 3) + 1) * ((marker & 7) + 1));
        return (marker & 0xE0) == 0xC0 && frame.Length > length && frame[^length] == marker;
    }
}
