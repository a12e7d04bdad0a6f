using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Tells recordings which of their tracks' sessions are on their way, lie in the spool, or are stored to the end. One report a track in flight.</summary>
internal sealed class TrackReports(IngestContext context)
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly LogGate _log = new(context.Time);

    /// <summary>Sends the report that is due; false = there is none.</summary>
    /// <param name="entry">The track.</param>
    /// <param name="holdsReports">Whether sender reports of a track are on their way from here.</param>
    public bool Report(TrackEntry entry, Predicate<TrackIdentity> holdsReports)
    {
        TrackIngest ingest = entry.Ingest;
        if (entry.IsReporting || context.Time.GetTimestamp() < entry.RetryAt)
        {
            return true;
        }

        if (ReportSpool(entry))
        {
            return true;
        }

        if (ingest.Kind == IngestKind.Reports && !ingest.IsAdopted && !entry.IsAnnounced && !entry.IsSpoolSaid)
        {
            // Not waited for by itself: when this process dies nobody could say that nothing follows, and the packets go on without it.
            entry.IsFinished = ingest.IsDrained;
            return false;
        }

        if (!entry.IsAnnounced && ingest.HasPackets && !ingest.IsAdopted)
        {
            ingest.Register();
            Send(entry, nameof(IRecordingGrain.TrackResumed), grain => grain.TrackResumed(ingest.Identity.TrackId, ingest.Epoch), () => entry.IsAnnounced = true);
            return true;
        }

        if (ingest.IsAdopted && !entry.IsAdoptionSaid && !entry.IsSpoolSaid && !ingest.IsDrained)
        {
            // Its process may have announced a spool that was empty when it ended.
            HandOn(entry);
            return true;
        }

        if (!entry.IsFinished && ingest.IsDrained && ingest.Kind != IngestKind.Reports && holdsReports(ingest.Identity))
        {
            // They would come too late for a track that is over.
            return true;
        }

        if (!entry.IsFinished && ingest.IsDrained && (entry.IsAnnounced || entry.IsSpoolSaid || ingest.IsAdopted || !ingest.HasPackets))
        {
            ReportDrained(entry);
            return true;
        }

        if (entry.IsFinished && !ingest.IsDrained && !ingest.WasSealed)
        {
            // Resumed in the same session: it is reported again when it ends again.
            entry.IsFinished = false;
            entry.IsAnnounced = false;
            return true;
        }

        return false;
    }

    /// <summary>The same of a track that only brings what it holds; true = a report is due or on its way.</summary>
    /// <param name="entry">The track.</param>
    /// <param name="successor">Finds who feeds the same session here now; null = nobody here.</param>
    public bool ReportLeaving(TrackEntry entry, Func<TrackEntry?> successor)
    {
        TrackIngest ingest = entry.Ingest;
        if (entry.IsReporting || context.Time.GetTimestamp() < entry.RetryAt)
        {
            return true;
        }

        if (!ingest.IsStored)
        {
            return ReportSpool(entry);
        }

        if (entry.IsFinished || !entry.IsSpoolSaid)
        {
            return false;
        }

        if (ingest.WasSealed || ingest.Kind is IngestKind.Packets or IngestKind.Reports)
        {
            ReportDrained(entry);
            return true;
        }

        // The session may go on with another link, which says when it ends, or has said it: said too early, its last packets would be too late.
        SendHandedOn(entry, () =>
        {
            entry.IsFinished = true;
            if (successor() is { } next)
            {
                next.IsFinished = false;
            }
        });
        return true;
    }

    private bool ReportSpool(TrackEntry entry)
    {
        TrackIngest ingest = entry.Ingest;
        if (ingest.IsHeldBack || (ingest.IsSpooling && !entry.IsSpoolAnnounced))
        {
            entry.IsSpoolSaid = true;
            entry.IsFinished = false;
            Send(entry, nameof(IRecordingGrain.TrackSpooled), grain => grain.TrackSpooled(ingest.Identity.TrackId, ingest.Epoch), () =>
            {
                entry.IsSpoolAnnounced = true;
                if (ingest.IsHeldBack)
                {
                    ingest.Release();
                }
            });
            return true;
        }

        if (entry.IsSpoolSaid && !entry.IsFinished && !ingest.IsSpooling && !ingest.IsDrained && ingest.IsStored)
        {
            if (ingest.WasSealed)
            {
                ReportDrained(entry);
                return true;
            }

            // The spool is empty and the session goes on: from now on its link is waited for, not the spool.
            HandOn(entry);
            return true;
        }

        return false;
    }

    /// <summary>Nothing of it lies in a spool here any more: what may still come is its link's to bring.</summary>
    private void HandOn(TrackEntry entry)
    {
        TrackIngest ingest = entry.Ingest;
        if (ingest.IsAdopted)
        {
            // Not resumed: the process that died may have reported the end. A link that takes it up announces it again.
            SendHandedOn(entry, () =>
            {
                entry.IsAdoptionSaid = true;
                Renew();
            });
        }
        else
        {
            Send(entry, nameof(IRecordingGrain.TrackResumed), grain => grain.TrackResumed(ingest.Identity.TrackId, ingest.Epoch), () =>
            {
                entry.IsAnnounced = true;
                Renew();
            });
        }

        void Renew()
        {
            entry.IsSpoolAnnounced = false;
            entry.IsSpoolSaid = false;
            ingest.Forget();
            ingest.Register();
        }
    }

    private void SendHandedOn(TrackEntry entry, Action done)
    {
        TrackIngest ingest = entry.Ingest;
        ulong last = ingest.NextIndex - 1;
        Send(entry, nameof(IRecordingGrain.TrackHandedOn), grain => grain.TrackHandedOn(ingest.Identity.TrackId, ingest.Epoch, last), done);
    }

    private void ReportDrained(TrackEntry entry)
    {
        TrackIngest ingest = entry.Ingest;
        ulong last = ingest.NextIndex - 1;
        Send(entry, nameof(IRecordingGrain.TrackDrained), grain => grain.TrackDrained(ingest.Identity.TrackId, ingest.Epoch, last), () =>
        {
            SfuLinkLog.TrackDrained(context.Logger, ingest.Identity.RecordingId, ingest.Identity.TrackId, ingest.Epoch, last);
            entry.IsFinished = true;
            if (ingest.IsDrained)
            {
                ingest.Forget();
            }
        });
    }

    private void Send(TrackEntry entry, string method, Func<IRecordingGrain, Task> call, Action done)
    {
        entry.IsReporting = true;
        _ = SendAsync(entry, method, call, done);
    }

    private async Task SendAsync(TrackEntry entry, string method, Func<IRecordingGrain, Task> call, Action done)
    {
        TrackIdentity identity = entry.Ingest.Identity;
        try
        {
            await call(context.Grains.GetGrain<IRecordingGrain>(identity.RecordingId));
            done();
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.NoSuchRecording or RecordingErrorCode.WrongState)
        {
            // The recording is over or gone: there is nobody left to tell, and nobody to bring anything to.
            if (method == nameof(IRecordingGrain.TrackSpooled) && exception.Code == RecordingErrorCode.NoSuchRecording)
            {
                entry.Ingest.Discard();
            }

            done();
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.UnknownProducer)
        {
            // Usual at a start: packets are here before the room has told the recording of the track.
            RetryLater(entry);
        }
        catch (Exception exception)
        {
            RetryLater(entry);
            context.Metrics.CallFailed(method);
            if (_log.Opens(method))
            {
                SfuLinkLog.RecordingCallFailed(context.Logger, exception, identity.RecordingId, identity.TrackId, method);
            }
        }
        finally
        {
            entry.IsReporting = false;
        }
    }

    private void RetryLater(TrackEntry entry) =>
        entry.RetryAt = context.Time.GetTimestamp() + (long)(s_retry.TotalSeconds * context.Time.TimestampFrequency);
}
