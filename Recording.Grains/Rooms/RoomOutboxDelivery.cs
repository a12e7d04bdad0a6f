using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>Tells recordings what is in their outboxes, each thing until it was taken. Every call is repeatable.</summary>
internal sealed class RoomOutboxDelivery(IGrainFactory grains, RoomState state, RoomOptions options, RoomMetrics metrics, ILogger logger)
{
    /// <summary>Creates the recording. Fails with 4001 when it cannot.</summary>
    public async Task OpenAsync(RecordingOpening opening)
    {
        using var span = RecordingTrace.Start("recording.open", opening.RecordingId)?.SetTag("room.id", opening.RoomId);
        try
        {
            await grains.GetGrain<IRecordingGrain>(opening.RecordingId).Open(opening).WaitAsync(options.CallTimeout);
        }
        catch (Exception exception) when (exception is not RecordingException)
        {
            throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"Recording {opening.RecordingId} could not be created: {exception.Message}", exception);
        }
    }

    /// <summary>Delivers one outbox, except its opening.</summary>
    /// <returns>Whether anything was taken.</returns>
    public async Task<bool> DeliverAsync(OutboxSnapshot stored)
    {
        if (stored.Opening is not null)
        {
            return false;
        }

        var taken = false;
        try
        {
            var recording = grains.GetGrain<IRecordingGrain>(stored.RecordingId);
            if (stored.StartedAtUs is { } startedAtUs)
            {
                taken |= await Tell(stored, "start", () => recording.Started(startedAtUs), static outbox =>
                {
                    outbox.StartedAtUs = null;
                    return true;
                });
            }

            foreach (var track in stored.Tracks)
            {
                taken |= await Tell(stored, "track", () => recording.AddTrack(track), outbox => outbox.Tracks.Remove(track));
            }

            if (stored.Facts is { } facts)
            {
                taken |= await Tell(stored, "facts", () => recording.UpdateRoom(facts), outbox => ForgetFacts(outbox, facts));
            }

            if (stored.Timeline.Length > 0)
            {
                long storedSequence = 0;
                taken |= await Tell(
                    stored,
                    "timeline",
                    async () => storedSequence = await recording.AddTimeline(stored.FirstSequence, stored.Timeline),
                    outbox => Forget(outbox, storedSequence),
                    outbox => Forget(outbox, stored.FirstSequence + stored.Timeline.Length - 1));
            }

            if (stored.Stop is { } stop)
            {
                taken |= await Tell(stored, "stop", () => recording.Stop(stop), static outbox =>
                {
                    outbox.Stop = null;
                    outbox.Stopped = true;
                    return true;
                });
            }
        }
        catch (Exception exception)
        {
            metrics.Retried("recording");
            RoomLog.DeliveryFailed(logger, state.RoomId, stored.RecordingId, exception);
        }

        if (state.Outboxes.RemoveAll(static outbox => outbox.IsDone()) > 0)
        {
            taken = true;
        }

        return taken;
    }

    /// <summary>Makes one call; what the recording refuses for good is left out, every other failure is thrown and tried again.</summary>
    private async Task<bool> Tell(OutboxSnapshot stored, string what, Func<Task> call, Func<RecordingOutbox, bool> taken, Func<RecordingOutbox, bool>? refused = null)
    {
        var apply = taken;
        try
        {
            await call().WaitAsync(options.CallTimeout);
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.NoSuchRecording or RecordingErrorCode.WrongState)
        {
            RoomLog.NotTaken(logger, state.RoomId, stored.RecordingId, what, exception);
            apply = refused ?? taken;
        }

        return state.Outboxes.Find(outbox => outbox.RecordingId == stored.RecordingId) is { } outbox && apply(outbox);
    }

    private static bool ForgetFacts(RecordingOutbox outbox, RoomFacts taken)
    {
        if (!ReferenceEquals(outbox.Facts, taken))
        {
            return false;
        }

        outbox.Facts = null;
        return true;
    }

    private static bool Forget(RecordingOutbox outbox, long storedSequence)
    {
        var count = (int)Math.Clamp(storedSequence - outbox.FirstSequence + 1, 0, outbox.Timeline.Count);
        outbox.Timeline.RemoveRange(0, count);
        outbox.FirstSequence += count;
        return count > 0;
    }
}
