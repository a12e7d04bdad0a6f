using System.Threading.Channels;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Gateway.Api;

/// <summary>Passes a room's newest view to a slow reader; older ones are dropped.</summary>
internal sealed class RoomWatch : IRoomObserver
{
    private readonly Channel<RoomView> _views = Channel.CreateBounded<RoomView>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });

    public Task OnChanged(RoomView view)
    {
        _views.Writer.TryWrite(view);
        return Task.CompletedTask;
    }

    public Task OnStartFailed(string recordingId, RecordingFailure failure) => Task.CompletedTask;

    /// <summary>The next view, or null when none came in time.</summary>
    public async Task<RoomView?> NextAsync(TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(wait, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await _views.Reader.ReadAsync(linked.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
