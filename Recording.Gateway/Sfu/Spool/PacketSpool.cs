using Microsoft.Extensions.Logging;
using Recording.Gateway.Sfu.Ingest;
using Recording.Media.TrackFiles;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>
/// What this process keeps on disk until it is stored. All writing, flushing and deleting is done by one thread of its own: neither a link nor a grain
/// ever waits for the disk. Thread-safe.
/// </summary>
internal sealed partial class PacketSpool : IDisposable
{
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly SpoolOptions _options;
    private readonly SpoolMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SpoolFolders _folders;
    private readonly SpoolBounds _bounds;
    private readonly Lock _gate = new();
    private readonly List<SpoolFile> _files = [];
    private readonly HashSet<SpoolTrack> _tracks = [];
    private readonly AutoResetEvent _wake = new(false);
    private List<SpoolWrite> _writes = [];
    private List<(SpoolTrack Track, BlockKind Kind)> _notes = [];
    private List<SpoolFile> _dead = [];
    private List<SpoolFolder> _left = [];
    private SpoolFolder? _own;
    private SpoolLog? _log;
    private SpoolJournal? _journal;
    private Thread? _thread;
    private volatile bool _isStopping;
    private volatile bool _isUsed;
    private volatile SpoolState _state;
    private long _retryAt;
    private long _blockedLoggedAt;
    private long _holdingLoggedAt;
    private ulong _number;
    private bool _isDisposed;

    public PacketSpool(SpoolOptions options, SpoolMetrics metrics, TimeProvider time, ILogger<PacketSpool> logger)
    {
        (_options, _metrics, _time, _logger) = (options, metrics, time, logger);
        _folders = new SpoolFolders(options, metrics, logger);
        _bounds = new SpoolBounds(options);
        _isUsed = options.Directory is not null;
        metrics.Watch(this);
    }

    /// <summary>There is a spool, though it may take nothing at the moment.</summary>
    public bool IsUsed => _isUsed;

    /// <summary>Whether it takes anything.</summary>
    public SpoolState State => _state;

    /// <summary>Why it does not.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>A write may be tried.</summary>
    public bool CanTake => _isUsed && !_isStopping && _own is not null && _time.GetTimestamp() >= Volatile.Read(ref _retryAt);

    /// <summary>What a track brings finds its way to disk: memory is no bound for it.</summary>
    public bool IsTaking => _isUsed && _own is not null && _state == SpoolState.Taking;

    /// <summary>A batch that is not stored after this long goes to disk.</summary>
    public TimeSpan After => _options.After;

    /// <summary>Under this name recordings know that this process holds packets.</summary>
    public string Holder => _own?.Holder ?? "";

    /// <summary>Bytes on disk.</summary>
    public long Bytes => Locked(() => _files.Sum(static f => f.Length));

    /// <summary>Tracks with packets on disk.</summary>
    public int Tracks => Locked(() => _tracks.Count(static t => t.Records > 0));

    /// <summary>Age of the oldest file with packets that are not stored.</summary>
    public TimeSpan OldestAge => Locked(() =>
    {
        DateTimeOffset now = _time.GetUtcNow();
        return _files.Where(static f => f.Live > 0).Select(f => now - f.CreatedAt).DefaultIfEmpty(TimeSpan.Zero).Max();
    });

    /// <summary>Damaged files and late packets that a person has to look at.</summary>
    public int KeptAside => _isUsed && Directory.Exists(Aside) ? Directory.EnumerateFiles(Aside).Count() : 0;

    private string Aside => Path.Combine(_options.Directory!, SpoolFolders.AsideName);

    /// <summary>Finds what processes that are gone have left, makes the folder of this one, and begins to take.</summary>
    public IReadOnlyList<AdoptedTrack> Open()
    {
        if (!_isUsed)
        {
            SpoolLogMessages.None(_logger, "none is configured");
            return [];
        }

        IReadOnlyList<AdoptedTrack> adopted = Adopt();
        TryOpen();
        if (_own is null && _options.IsDefault)
        {
            _isUsed = false;
            SpoolLogMessages.None(_logger, Reason);
            return adopted;
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "spool" };
        _thread.Start();
        return adopted;
    }

    /// <summary>Takes the folders of processes that have gone since.</summary>
    public IReadOnlyList<AdoptedTrack> Adopt()
    {
        if (!_isUsed)
        {
            return [];
        }

        List<AdoptedTrack> adopted = _folders.Adopt(Add);
        lock (_gate)
        {
            _tracks.UnionWith(adopted.Select(static a => a.Track));
        }

        return adopted;
    }

    /// <summary>Notes that this process feeds a track; null = there is no folder now.</summary>
    public SpoolTrack? TryRegister(TrackIdentity identity, ulong epoch, IngestKind kind, byte[] header)
    {
        lock (_gate)
        {
            if (_own is null || _isStopping)
            {
                return null;
            }

            var track = new SpoolTrack(_own, ++_number, identity, epoch, kind, header);
            _tracks.Add(track);
            Note(track, SpoolBlockKind.Track);
            return track;
        }
    }

    /// <summary>The session of a track is over.</summary>
    public void End(SpoolTrack track, ulong lastIndex)
    {
        lock (_gate)
        {
            track.LastIndex = lastIndex;
            if (track.Folder == _own)
            {
                Note(track, SpoolBlockKind.End);
            }
        }
    }

    /// <summary>A track is done: nothing of it is on disk, and nobody waits for it.</summary>
    public void Close(SpoolTrack track)
    {
        lock (_gate)
        {
            if (!_tracks.Remove(track))
            {
                return;
            }

            if (track.Folder == _own)
            {
                Note(track, SpoolBlockKind.Done);
            }
            else if (--track.Folder.OpenTracks == 0)
            {
                _left.Add(track.Folder);
                _wake.Set();
            }
        }
    }

    /// <summary>Writes batches, soon and together with those of other tracks.</summary>
    public void Write(SpoolWrite write)
    {
        lock (_gate)
        {
            if (!_isStopping && _thread is not null)
            {
                _writes.Add(write);
                _wake.Set();
                return;
            }
        }

        write.Done(null);
    }

    /// <summary>Reads the blocks of a record.</summary>
    /// <exception cref="SpoolDamagedException">They are not what was written.</exception>
    /// <exception cref="IOException">The disk does not give them.</exception>
    public async Task<byte[]> ReadAsync(SpoolRecord record)
    {
        // A disk that hangs must not hold up whoever asks.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        SpoolPlace place = record.Place;
        try
        {
            byte[] blocks = await place.File.ReadAsync(record, place.Offset);
            _metrics.Replayed(blocks.Length);
            return blocks;
        }
        catch (SpoolDamagedException exception)
        {
            _metrics.Damaged(1);
            SpoolLogMessages.Damaged(_logger, place.File.Path, place.Offset, exception.Message);
            throw;
        }
        catch (FileNotFoundException exception)
        {
            // Somebody removed it. What lies in the other files is brought all the same.
            _metrics.Damaged(1);
            SpoolLogMessages.Damaged(_logger, place.File.Path, place.Offset, exception.Message);
            throw new SpoolDamagedException(exception.Message);
        }
    }

    /// <summary>A record is not needed any more.</summary>
    public void Release(SpoolRecord record)
    {
        record.Track.AddRecords(-1);
        SpoolFile file = record.Place.File;
        if (file.Give(record))
        {
            lock (_gate)
            {
                if (!file.IsHead)
                {
                    _dead.Add(file);
                    _wake.Set();
                }
            }
        }
    }

    /// <summary>Lets go of everything as it is, as the end of the process would.</summary>
    internal void Abandon()
    {
        _isStopping = true;
        _wake.Set();
        _thread?.Join();
        foreach (SpoolFolder folder in Locked(() => _files.Select(static f => f.Folder).Append(_own).OfType<SpoolFolder>().Distinct().ToArray()))
        {
            folder.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _isStopping = true;
        _wake.Set();
        _thread?.Join();
        Upkeep();
        _log?.Dispose();
        _journal?.Dispose();
        Upkeep();
        List<SpoolFile> files;
        lock (_gate)
        {
            files = [.. _files];
        }

        foreach (SpoolFile file in files)
        {
            file.Dispose();
        }

        foreach (SpoolFolder folder in files.Select(static f => f.Folder).Distinct().Where(f => f != _own))
        {
            folder.Dispose();
        }

        if (_own is { } own)
        {
            bool isClean = Locked(() => _tracks.All(t => t.Folder != own) && _files.TrueForAll(f => f.Folder != own));
            Try(own.Path, () => (isClean ? (Action)own.RemoveIfEmpty : own.Dispose)());
        }

        _wake.Dispose();
    }

    private void Note(SpoolTrack track, BlockKind kind)
    {
        _notes.Add((track, kind));
        _wake.Set();
    }

    private void Add(SpoolFile file)
    {
        lock (_gate)
        {
            _files.Add(file);
        }
    }

    private void Bury(SpoolFile file)
    {
        lock (_gate)
        {
            _dead.Add(file);
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
