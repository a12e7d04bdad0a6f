using Recording.Gateway.Sfu.Spool;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Ingest;

/// <content>What a track has on disk, and a track that was found there.</content>
internal sealed partial class TrackIngest
{
    private readonly List<SpoolTrack> _adopted = [];
    private bool _isReattached;

    /// <summary>Something of it is in a spool, or on its way there.</summary>
    public bool IsSpooling => Locked(() => _spooler.IsSpooling);

    /// <summary>It was found in the folder of a process that is gone, and no link has taken it up.</summary>
    public bool IsAdopted { get; private set; }

    /// <summary>Nothing is brought before <see cref="Release"/>: the recording has to know of it first.</summary>
    public bool IsHeldBack => Locked(() => _sender.IsHeldBack);

    /// <summary>The track was sealed before all was brought: what came then came late.</summary>
    public bool WasSealed => Locked(() => _sender.WasSealed);

    /// <summary>Nothing is held that would be lost with this process.</summary>
    public bool IsDurable => Locked(() =>
        _sender.Closed == AppendStatus.Sealed || (!_intake.HasUnsent(IsEnding) && _sender.Retained.FirstInMemory is null));

    /// <summary>Takes up a track as it was found: nothing is brought before <see cref="Release"/>.</summary>
    /// <param name="found">All that folders say of this track and session.</param>
    public void Adopt(IReadOnlyList<AdoptedTrack> found)
    {
        lock (_gate)
        {
            IsAdopted = true;
            _adopted.AddRange(found.Select(static f => f.Track));
            SpoolRecord[] records = [.. found.SelectMany(static f => f.Records).OrderBy(static r => r.FirstIndex).ThenBy(static r => r.Count)];
            TrackHeader header = TrackHeader.Parser.ParseFrom(found[0].Track.Header);
            _inspector.Format = header.Format ?? new TrackFormat();
            _consumerType = header.ConsumerType;
            _intake.HasSfuClock = header.ClockSource == "sfu";
            bool isWhole = found.All(static f => f.IsWhole) && records.Length > 0 && !records[0].AfterHole;
            if (records.Length > 0)
            {
                _sender.BeginAt(isWhole ? records[0].FirstIndex : 1);
            }

            long now = _context.Time.GetTimestamp();
            ulong next = 1;
            foreach (SpoolRecord record in records)
            {
                if (record.Count > 0 && record.EndIndex <= next)
                {
                    // Twice on disk: its process was killed between writing and deleting.
                    _context.Spool!.Release(record);
                    continue;
                }

                bool afterHole = record.AfterHole || (next > 1 && record.FirstIndex > next);
                _sender.Retained.Add(new RetainedBatch(record.FirstIndex, record.Count, [], afterHole) { Record = record, RetainedAt = now });
                next = Math.Max(next, record.EndIndex);
            }

            if (records.Length > 0)
            {
                _intake.Continue(next);
            }

            if (Kind != IngestKind.Acknowledged)
            {
                // Its stream ended with its process.
                _end.EndNow();
            }
            else if (found.Select(static f => f.Track.LastIndex).FirstOrDefault(static l => l is not null) is { } last)
            {
                _end.EndAt(last);
            }
        }
    }

    /// <summary>The recording knows: what is held may be brought.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _sender.Release();
        }
    }

    /// <summary>Nobody wants what is held.</summary>
    public void Discard()
    {
        lock (_gate)
        {
            _sender.Discard();
        }
    }

    /// <summary>A link takes the track up.</summary>
    /// <param name="fence">The link's.</param>
    /// <param name="keyframes">Where key frames are watched from now on, unless that is known; null = not.</param>
    /// <param name="belongsToAnother">Whether an SSRC was announced for another producer on that link.</param>
    public void Attach(LinkFence fence, KeyframePacer? keyframes, Func<uint, bool> belongsToAnother)
    {
        lock (_gate)
        {
            IsAdopted = false;
            _isReattached = HasPackets;
            _sender.UseFence(fence);
            _inspector.Watch(Keyframes ?? keyframes, belongsToAnother);
        }
    }

    /// <summary>Notes in the journal that the track is fed.</summary>
    public void Register()
    {
        lock (_gate)
        {
            _spooler.Register();
        }
    }

    /// <summary>It is done: no folder needs to remember it.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            foreach (SpoolTrack track in _spooler.Track is { } own ? [.. _adopted, own] : _adopted)
            {
                _context.Spool!.Close(track);
            }

            _adopted.Clear();
            _spooler.Track = null;
        }
    }

    private void SpoolWhatIsDue()
    {
        if (_context.Spool is null)
        {
            return;
        }

        if (_intake.IsDue(IsEnding) && (_spooler.IsSpooling || _flushAsked) && (_sender.Retained.Next is not null || _sender.IsBusy || _sender.IsHeldBack))
        {
            // The track takes nothing now: what has gathered must not wait for it in the builder.
            Keep(_intake.Build());
        }

        _spooler.Update(_flushAsked);
        if (_end.IsOver && _spooler.Track is { LastIndex: null } track)
        {
            _context.Spool.End(track, NextIndex - 1);
        }
    }
}
