using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
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

    private RecordingIndex Index => _index ??= new RecordingIndex(store, this.GetPrimaryKeyString());

    /// <inheritdoc />
    public async Task Put(RecordingSummary summary)
    {
        // Without a reminder nobody would drive what this entry names.
        await RemindAsync();
        await Index.PutAsync(summary, CancellationToken.None);
    }

    /// <inheritdoc />
    public async Task<RecordingSummary[]> List(string? roomId, RecordingStatus? status, string? before, int limit)
    {
        await Index.LoadAsync(CancellationToken.None);
        return Index.List(roomId, status, before, limit);
    }

    /// <inheritdoc />
    public async Task Arm()
    {
        await Index.LoadAsync(CancellationToken.None);
        if (Index.Unfinished.Count > 0)
        {
            await RemindAsync();
            DriveSoon();
        }
    }

    /// <inheritdoc />
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await Index.LoadAsync(CancellationToken.None);
        DriveSoon();
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
        foreach (var some in Index.Unfinished.Chunk(DrivesAtOnce))
        {
            await Task.WhenAll(some.Select(summary => DriveAsync(summary, cancellationToken)));
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
