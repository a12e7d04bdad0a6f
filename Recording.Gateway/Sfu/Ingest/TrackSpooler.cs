using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Moves what one track holds in memory to disk when it waits too long for the store or takes too much room. Called under the track's gate; one write in
/// flight. What is on disk counts as durable.
/// </summary>
internal sealed class TrackSpooler
{
    /// <summary>Bytes of a record, unless one batch is longer.</summary>
    private const int MaxRunBytes = 64 << 10;

    private const long MaxWriteBytes = 1 << 20;

    /// <summary>Once a track is on disk, what follows goes there when it is this old: its SFU waits for the acknowledgement.</summary>
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(1);

    private readonly Lock _gate;
    private readonly IngestContext _context;
    private readonly RetainedBatches _retained;
    private readonly Func<SpoolTrack?> _register;
    private readonly PacketSpool? _spool;
    private bool _isWriting;

    /// <param name="gate">The track's.</param>
    /// <param name="context">Shared services.</param>
    /// <param name="retained">What is not stored.</param>
    /// <param name="register">Makes the track known to the spool; null = it cannot be now.</param>
    public TrackSpooler(Lock gate, IngestContext context, RetainedBatches retained, Func<SpoolTrack?> register) =>
        (_gate, _context, _retained, _register, _spool) = (gate, context, retained, register, context.Spool);

    /// <summary>The track in this process's own folder; null until it is needed.</summary>
    public SpoolTrack? Track { get; set; }

    /// <summary>Something of the track is on disk, or on its way there.</summary>
    public bool IsSpooling => _isWriting || _retained.SpooledCount > 0;

    /// <summary>Makes the track known to the spool, so that whoever finds it knows that its session was on.</summary>
    public void Register() => Track ??= _register();

    /// <summary>Begins to write what is due.</summary>
    /// <param name="insist">All of it: the process is about to end.</param>
    public void Update(bool insist)
    {
        if (_spool is null || _isWriting || _retained.FirstInMemory is not { } oldest || !_spool.CanTake)
        {
            return;
        }

        TimeSpan linger = s_linger < _spool.After ? s_linger : _spool.After;
        bool pressed = insist || _retained.Bytes > _context.Options.TrackQuota / 2 || _context.Memory.IsTight;
        TimeSpan due = pressed ? TimeSpan.Zero : _retained.SpooledCount > 0 ? linger : _spool.After;
        if (_context.Time.GetElapsedTime(oldest.RetainedAt) < due)
        {
            return;
        }

        Register();
        if (Track is not { } track)
        {
            return;
        }

        // What is young may be stored before it would be written.
        TimeSpan youngest = pressed ? TimeSpan.Zero : linger / 2;
        long keptBefore = _context.Time.GetTimestamp() - (long)(youngest.TotalSeconds * _context.Time.TimestampFrequency);
        List<SpoolRun> runs = _retained.RunsToSpool(keptBefore, MaxRunBytes, MaxWriteBytes);
        if (runs.Count > 0)
        {
            _isWriting = true;
            _spool.Write(new SpoolWrite(track, runs, records => OnWritten(runs, records)));
        }
    }

    private void OnWritten(List<SpoolRun> runs, SpoolRecord[]? records)
    {
        lock (_gate)
        {
            _isWriting = false;
            for (int i = 0; records is not null && i < records.Length; i++)
            {
                if (!_retained.MoveToSpool(runs[i], records[i]))
                {
                    _spool!.Release(records[i]);
                }
            }
        }
    }
}
