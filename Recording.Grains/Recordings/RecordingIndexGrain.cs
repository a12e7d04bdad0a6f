using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>The actor around one index shard; its reminder drives what is unfinished, each minute and after restarts.</summary>
internal sealed class RecordingIndexGrain(
    IObjectStore store, IOptions<RecordingsOptions> options, TimeProvider time, ILogger<RecordingIndexGrain> logger) : Grain, IRecordingIndexGrain, IRemindable
{
    private const string ReminderName = "drive";
    private const int DrivesAtOnce = 8;
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private RecordingIndex? _index;
    private IGrainReminder? _reminder;
    private IGrainTimer? _timer;

    private bool _isRebuilt;
    private DateTimeOffset _sweepNotBefore;

    private RecordingIndex Index => _index ??= new RecordingIndex(store, this.GetPrimaryKeyString(), (key, e) => RecordingsLog.IndexDamaged(logger, key, e));

    /// <inheritdoc />
    public async Task Put(RecordingSummary summary)
    {
        // Without a reminder nobody would drive what this entry names.
        await RemindAsync();
        await LoadAsync();
        if (options.Value.RoomQuotaBytes > 0 && summary.Status == RecordingStatus.Starting && !Index.Knows(summary.RecordingId)
            && Index.BytesOf(summary.RoomId) is var used && used >= options.Value.RoomQuotaBytes)
        {
            throw new RecordingException(
                RecordingErrorCode.RoomLimit, $"Room '{summary.RoomId}' holds {used} bytes of recordings, {options.Value.RoomQuotaBytes} are allowed: delete some of them first.");
        }

        await Index.PutAsync(summary, CancellationToken.None);
    }

    /// <inheritdoc />
    public async Task<RecordingSummary[]> List(string? roomId, RecordingStatus? status, string? before, int limit)
    {
        await LoadAsync();
        return Index.List(roomId, status, before, limit);
    }

    /// <inheritdoc />
    public async Task<string[]> Known()
    {
        await LoadAsync();
        return Index.Known;
    }

    /// <inheritdoc />
    public async Task Arm()
    {
        await LoadAsync();
        if (Index.Unfinished.Count > 0 || Index.HasExpiring)
        {
            await RemindAsync();
            DriveSoon();
        }
    }

    /// <inheritdoc />
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        try
        {
            await Index.RefreshAsync(CancellationToken.None);
        }
        catch (Exception e) when (Index.IsLoaded)
        {
            RecordingsLog.IndexNotRead(logger, this.GetPrimaryKeyString(), e);
        }

        DriveSoon();
    }

    private async Task LoadAsync()
    {
        await Index.LoadAsync(CancellationToken.None);
        if (Index.IsDamaged && !_isRebuilt)
        {
            DriveSoon();
        }
    }

    private async Task RemindAsync() => _reminder ??= await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);

    private void DriveSoon()
    {
        // Beside the turns: a recording that comes up writes its entry here before it answers.
        _timer ??= this.RegisterGrainTimer(
            DriveAllAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private async Task DriveAllAsync(CancellationToken cancellationToken)
    {
        if (Index.IsDamaged && !_isRebuilt)
        {
            await RebuildAsync(cancellationToken);
        }

        foreach (var some in Index.Unfinished.Chunk(DrivesAtOnce))
        {
            await Task.WhenAll(some.Select(summary => DriveAsync(summary, cancellationToken)));
        }

        await SweepAsync();
    }

    private async Task RebuildAsync(CancellationToken cancellationToken)
    {
        try
        {
            await new IndexRebuild(store, logger).RestoreAsync(GrainFactory, cancellationToken);
            _isRebuilt = true;
        }
        catch (Exception e)
        {
            // Tried again at the next minute.
            RecordingsLog.RebuildFailed(logger, this.GetPrimaryKeyString(), e);
        }
    }

    /// <summary>Deletes what its policy lets go: once a sweep interval, sooner again while something could not be deleted.</summary>
    private async Task SweepAsync()
    {
        var now = time.GetUtcNow();
        if (now < _sweepNotBefore)
        {
            return;
        }

        var isDone = true;
        foreach (var summary in Index.Expired(DocumentTime.ToMicroseconds(now)))
        {
            try
            {
                await GrainFactory.GetGrain<IRecordingGrain>(summary.RecordingId).Delete(RecordingLifecycle.RetentionRequester);
            }
            catch (Exception e)
            {
                isDone = false;
                RecordingsLog.SweepFailed(logger, this.GetPrimaryKeyString(), summary.RecordingId, e);
            }
        }

        if (isDone)
        {
            _sweepNotBefore = now + options.Value.RetentionSweep;
        }
    }

    private async Task DriveAsync(RecordingSummary summary, CancellationToken cancellationToken)
    {
        try
        {
            var recording = GrainFactory.GetGrain<IRecordingGrain>(summary.RecordingId);
            await recording.Drive();
            if (IsOld(summary) && await recording.GetView() is null)
            {
                RecordingsLog.OrphanRemoved(logger, this.GetPrimaryKeyString(), summary.RecordingId);
                await Index.RemoveAsync(summary.RecordingId, cancellationToken);
            }
        }
        catch (Exception e)
        {
            RecordingsLog.DriveFailed(logger, this.GetPrimaryKeyString(), summary.RecordingId, e);
        }
    }

    private bool IsOld(RecordingSummary summary) =>
        !RecordingId.IsValid(summary.RecordingId) || time.GetUtcNow() - RecordingId.TimeOf(summary.RecordingId) > options.Value.OrphanAge;
}
