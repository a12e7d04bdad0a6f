using Microsoft.Extensions.Time.Testing;
using Recording.Gateway.Api;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Gateway.Tests.Api;

public sealed class StartOutcomeTests
{
    private static readonly TimeSpan _wait = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Caller_waits_until_its_own_recording_runs()
    {
        using var outcome = new StartOutcome(TimeProvider.System);
        Task<bool> waiting = outcome.WaitAsync("rec", _wait, CancellationToken.None);

        await outcome.OnChanged(View("rec", RecordingStatus.Starting));
        await outcome.OnChanged(View("other", RecordingStatus.Recording));
        await outcome.OnStartFailed("third", new RecordingFailure(RecordingErrorCode.RecordingDisabled, "no"));
        Assert.False(waiting.IsCompleted);
        await outcome.OnChanged(View("rec", RecordingStatus.Recording));

        Assert.True(await waiting.WaitAsync(_wait));
    }

    [Fact]
    public async Task Refusal_of_the_SFU_is_thrown_with_its_code_even_when_it_came_first()
    {
        using var outcome = new StartOutcome(TimeProvider.System);
        await outcome.OnStartFailed("rec", new RecordingFailure(RecordingErrorCode.RecordingDisabled, "no"));

        RecordingException refused = await Assert.ThrowsAsync<RecordingException>(() => outcome.WaitAsync("rec", _wait, CancellationToken.None));
        Assert.Equal(RecordingErrorCode.RecordingDisabled, refused.Code);
    }

    [Fact]
    public async Task Wait_that_is_over_is_no_error()
    {
        using var outcome = new StartOutcome(new FakeTimeProvider());
        Assert.False(await outcome.WaitAsync("rec", TimeSpan.Zero, CancellationToken.None));
    }

    private static RoomView View(string recordingId, RecordingStatus status) => new() { RoomId = "room", Policy = new RecordingPolicy(), RecordingId = recordingId, Status = status };
}
