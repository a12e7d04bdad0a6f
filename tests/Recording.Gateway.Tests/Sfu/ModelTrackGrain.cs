using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>A track grain as the contract describes it, in memory: refuses holes, trims repeats, forgets what is not stored when it is killed.</summary>
internal sealed class ModelTrackGrain : ITrackGrain
{
    // Called by the sender's calls and by the test.
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, EpochModel> _epochs = [];
    private bool _isOpen;

    /// <summary>Thrown by the next call, before anything is done.</summary>
    public Func<Exception?> FailBefore { get; set; } = static () => null;

    /// <summary>Thrown by the next call, after everything was done: the answer got lost.</summary>
    public Func<Exception?> FailAfter { get; set; } = static () => null;

    public AppendStatus? Answer { get; set; }

    public int Window { get; set; } = 8 << 20;

    public List<TrackOpening> Openings { get; } = [];

    public List<TrackBatch> Batches { get; } = [];

    public int Flushes { get; private set; }

    /// <summary>Entries that are stored, by epoch and index, in order; more than one = stored twice.</summary>
    public Dictionary<(ulong Epoch, ulong Index), List<byte[]>> Stored { get; } = [];

    public List<Marker> Markers { get; } = [];

    /// <summary>Markers that are stored.</summary>
    public List<Marker> StoredMarkers { get; } = [];

    public List<BlockHeader> Blocks { get; } = [];

    /// <summary>Indexes that were given up as lost.</summary>
    public List<ulong> Lost { get; } = [];

    /// <summary>Everything held becomes stored.</summary>
    public void Store()
    {
        lock (_gate)
        {
            StoreHeld();
        }
    }

    private void StoreHeld()
    {
        foreach ((ulong epoch, EpochModel model) in _epochs)
        {
            foreach ((ulong index, byte[] packet) in model.Held)
            {
                if (!Stored.TryGetValue((epoch, index), out List<byte[]>? copies))
                {
                    Stored.Add((epoch, index), copies = []);
                }

                copies.Add(packet);
            }

            StoredMarkers.AddRange(model.HeldMarkers);
            model.HeldMarkers.Clear();
            model.Held.Clear();
            model.Stored = model.Expected - 1;
        }
    }

    /// <summary>The activation dies: what is not stored is gone.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            _epochs.Clear();
            _isOpen = false;
        }
    }

    public Task<AppendResult> Open(TrackOpening opening)
    {
        lock (_gate)
        {
            return OpenGuarded(opening);
        }
    }

    private Task<AppendResult> OpenGuarded(TrackOpening opening)
    {
        if (FailBefore() is { } failure)
        {
            return Task.FromException<AppendResult>(failure);
        }

        Openings.Add(opening);
        if (Answer is { } forced)
        {
            return Task.FromResult(new AppendResult(forced, 0, 0, 0));
        }

        _isOpen = true;
        if (!_epochs.TryGetValue(opening.Epoch, out EpochModel? model))
        {
            // What other activations stored is confirmed by the listing.
            _epochs.Add(opening.Epoch, model = new EpochModel());
            model.Stored = Stored.Keys.Where(k => k.Epoch == opening.Epoch).Select(static k => k.Index).DefaultIfEmpty().Max();
            model.Stored = Math.Max(model.Stored, opening.FirstUnstored - 1);
            model.Expected = model.Stored + 1;
        }

        return Result(AppendStatus.Accepted, model);
    }

    public Task<AppendResult> Append(TrackBatch batch)
    {
        lock (_gate)
        {
            return AppendGuarded(batch);
        }
    }

    private Task<AppendResult> AppendGuarded(TrackBatch batch)
    {
        if (FailBefore() is { } failure)
        {
            return Task.FromException<AppendResult>(failure);
        }

        if (Answer is { } forced)
        {
            return Task.FromResult(new AppendResult(forced, 0, 0, 0));
        }

        if (!_isOpen || !_epochs.TryGetValue(batch.Epoch, out EpochModel? model))
        {
            return Task.FromResult(new AppendResult(AppendStatus.NeedsOpening, 0, 0, 0));
        }

        Batches.Add(batch);
        if (!BlockSequence.IsValid(batch.Blocks, batch.Epoch, batch.FirstIndex, batch.Count, out string? fault))
        {
            throw new InvalidOperationException(fault);
        }

        if (batch.FirstIndex > model.Expected && batch.RetainedFrom > model.Expected)
        {
            for (ulong lost = model.Expected; lost < Math.Min(batch.FirstIndex, batch.RetainedFrom); lost++)
            {
                Lost.Add(lost);
            }

            model.Expected = Math.Min(batch.FirstIndex, batch.RetainedFrom);
        }

        if (batch.FirstIndex > model.Expected)
        {
            return Result(AppendStatus.Rewind, model);
        }

        Take(batch, model);
        return FailAfter() is { } lostAnswer ? Task.FromException<AppendResult>(lostAnswer) : Result(AppendStatus.Accepted, model);
    }

    public Task Flush()
    {
        Flushes++;
        return Task.CompletedTask;
    }

    public Task<bool> Seal() => Task.FromResult(true);

    public Task<TrackFigures> GetFigures() => Task.FromResult(new TrackFigures());

    private void Take(TrackBatch batch, EpochModel model)
    {
        var sequence = new BlockSequence(batch.Blocks, batch.Epoch, batch.FirstIndex);
        while (sequence.Read())
        {
            Blocks.Add(sequence.Header);
            if (sequence.Header.Kind == BlockKind.Marker)
            {
                Marker marker = Marker.Parser.ParseFrom(sequence.Payload);
                Markers.Add(marker);
                model.HeldMarkers.Add(marker);
                if (marker.Skipped is { } skipped)
                {
                    for (ulong index = skipped.FirstIndex; index <= skipped.LastIndex; index++)
                    {
                        TakeEntry(batch, model, index, []);
                    }
                }
            }
            else if (sequence.Header.Kind == BlockKind.Data)
            {
                ulong index = sequence.Header.FirstIndex;
                var entries = new DataPayloadReader(sequence.Payload, sequence.Header.BaseTimeUs);
                while (entries.Read())
                {
                    TakeEntry(batch, model, index++, entries.Packet.ToArray());
                }
            }
        }
    }

    private void TakeEntry(TrackBatch batch, EpochModel model, ulong index, byte[] packet)
    {
        if (index == model.Expected)
        {
            model.Held.Add((index, packet));
            model.Expected++;
        }
        else if (batch.Fence == 0 && index < model.Expected && !Stored.ContainsKey((batch.Epoch, index)) && !model.Held.Exists(h => h.Index == index))
        {
            // From a spool: taken unless it is there.
            model.Held.Add((index, packet));
        }
    }

    private Task<AppendResult> Result(AppendStatus status, EpochModel model) =>
        Task.FromResult(new AppendResult(status, model.Expected, Math.Min(model.Stored, model.Held.Select(static h => h.Index - 1).DefaultIfEmpty(ulong.MaxValue).Min()), Window, _epochs.Values.Any(static e => e.Held.Count + e.HeldMarkers.Count > 0)));

    private sealed class EpochModel
    {
        public ulong Expected { get; set; } = 1;

        public ulong Stored { get; set; }

        public List<(ulong Index, byte[] Packet)> Held { get; } = [];

        public List<Marker> HeldMarkers { get; } = [];
    }
}
