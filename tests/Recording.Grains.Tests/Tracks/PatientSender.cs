using Recording.Grains.Abstractions.Tracks;

namespace Recording.Grains.Tests.Tracks;

/// <summary>Sends as a gateway does: a call that timed out is repeated as it was.</summary>
internal static class PatientSender
{
    private const int Attempts = 20;

    public static Task<AppendResult> Deliver(this ITrackGrain track, TrackBatch batch) => UntilAnswered(() => track.Append(batch));

    public static Task<AppendResult> Deliver(this ITrackGrain track, TrackOpening opening) => UntilAnswered(() => track.Open(opening));

    private static async Task<AppendResult> UntilAnswered(Func<Task<AppendResult>> call)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TimeoutException) when (attempt < Attempts)
            {
                continue;
            }
        }
    }
}
