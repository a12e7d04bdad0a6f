namespace Recording.Media.Depacketizers;

/// <summary>
/// Knows which spatial layer frames of VP9 a decoder can take, when some are missing. In flexible mode every frame lists the pictures it refers to
/// (RFC 9628, 4.2); in the other mode PictureID, TL0PICIDX and the switching-up flag tell as much as is needed.
/// </summary>
internal sealed class Vp9LayerState
{
    private const int MaxLayers = 8;
    private const int AllTemporal = int.MaxValue;
    private const int NoTemporal = -1;
    private const int HistoryMask = 255;

    // Which layers of which pictures were delivered: the picture's unwrapped id, and a bit a layer.
    private readonly long[] _ids = new long[HistoryMask + 1];
    private readonly byte[] _delivered = new byte[HistoryMask + 1];

    // The highest temporal layer of each spatial layer whose references are whole.
    private readonly int[] _whole = new int[MaxLayers];
    private long? _lastId;
    private byte? _lastTl0;
    private bool _mayMissPictures;

    public Vp9LayerState() => Reset();

    /// <summary>Nothing can be decoded until a key frame.</summary>
    public bool NeedsKeyframe => Array.TrueForAll(_whole, static temporal => temporal == NoTemporal);

    /// <summary>The source starts over.</summary>
    public void Reset()
    {
        Array.Fill(_ids, long.MinValue);
        Array.Fill(_whole, NoTemporal);
        _lastId = null;
        _lastTl0 = null;
        _mayMissPictures = false;
    }

    /// <summary>Packets are missing whose pictures are not known.</summary>
    public void NoteLoss() => _mayMissPictures = true;

    /// <summary>A picture begins: takes notice of pictures that are missing before it. Returns its unwrapped id.</summary>
    public long BeginPicture(in Vp9Descriptor picture)
    {
        long id = Unwrap(picture);
        bool missing = picture.PictureId is null ? _mayMissPictures : _lastId is long last && id != last + 1;
        if (missing && !picture.IsFlexible)
        {
            bool isBaseWhole = picture.Tl0PicIdx is byte tl0 && _lastTl0 is byte lastTl0 && tl0 == (picture.TemporalId is > 0 ? lastTl0 : (byte)(lastTl0 + 1));
            foreach (ref int whole in _whole.AsSpan())
            {
                whole = isBaseWhole ? Math.Min(whole, 0) : NoTemporal;
            }
        }

        _mayMissPictures = false;
        _lastId = id;
        if (picture.TemporalId is null or 0)
        {
            _lastTl0 = picture.Tl0PicIdx;
        }

        int slot = (int)(id & HistoryMask);
        _ids[slot] = id;
        _delivered[slot] = 0;
        return id;
    }

    /// <summary>Whether a whole layer frame of the picture can be decoded.</summary>
    public bool CanDecode(long id, in Vp9Descriptor layer)
    {
        int spatial = layer.SpatialId;
        if (layer.IsInterLayer && (spatial == 0 || !WasDelivered(id, spatial - 1)))
        {
            return false;
        }

        if (!layer.IsPredicted)
        {
            return true;
        }

        if (!layer.IsFlexible)
        {
            return _whole[spatial] >= (layer.TemporalId ?? 0);
        }

        for (int i = 0; i < layer.ReferenceCount; i++)
        {
            if (!WasDelivered(id - layer.Reference(i), spatial))
            {
                return false;
            }
        }

        return _whole[spatial] != NoTemporal;
    }

    /// <summary>The layer frame was given to the decoder.</summary>
    public void Deliver(long id, in Vp9Descriptor layer)
    {
        _delivered[id & HistoryMask] |= (byte)(1 << layer.SpatialId);
        if (!layer.IsPredicted)
        {
            _whole[layer.SpatialId] = AllTemporal;
        }
        else if (layer.IsSwitchingUp)
        {
            // What comes in higher temporal layers refers to nothing in them from before this picture.
            _whole[layer.SpatialId] = AllTemporal;
        }
    }

    /// <summary>The picture has ended: what was not delivered of it cannot be referred to.</summary>
    public void EndPicture(long id, in Vp9Descriptor picture)
    {
        byte delivered = _delivered[id & HistoryMask];
        for (int spatial = 0; spatial < MaxLayers && !picture.IsFlexible; spatial++)
        {
            if ((delivered & (1 << spatial)) == 0)
            {
                _whole[spatial] = Math.Min(_whole[spatial], (picture.TemporalId ?? 0) - 1);
            }
        }
    }

    private bool WasDelivered(long id, int spatial) => _ids[id & HistoryMask] == id && (_delivered[id & HistoryMask] & (1 << spatial)) != 0;

    private long Unwrap(in Vp9Descriptor picture)
    {
        if (picture.PictureId is not int id || _lastId is not long last)
        {
            return picture.PictureId ?? (_lastId + 1) ?? 0;
        }

        int mask = picture.PictureIdMask;
        int ahead = (id - (int)last) & mask;
        return last + (ahead > mask / 2 ? ahead - mask - 1 : ahead);
    }
}
