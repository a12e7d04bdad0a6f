using Grpc.Core;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>Runs one link, whoever dialled: reads commands until the other side ends or the link is closed, and writes beside it.</summary>
internal static class LinkRunner
{
    public static async Task RunAsync(
        SfuSession session,
        IAsyncStreamReader<RecordingToSfu> incoming,
        Func<SfuToRecording, bool, Task> write,
        LedgerWriter? ledger,
        CancellationToken cancellationToken)
    {
        using SfuLink link = session.Open();
        Task writing = link.WriteAllAsync(write, ledger);
        string reason = "ended by the recorder";
        using (var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, link.Closing))
        {
            try
            {
                await foreach (RecordingToSfu message in incoming.ReadAllAsync(reading.Token))
                {
                    session.Handle(link, message);
                }
            }
            catch (Exception exception) when (exception is RpcException or IOException or OperationCanceledException or InvalidOperationException)
            {
                reason = link.CloseReason.Length > 0 ? link.CloseReason : exception.Message;
            }
        }

        session.Ended(link, reason);
        try
        {
            await writing.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None);
        }
        catch (Exception exception) when (exception is RpcException or IOException or OperationCanceledException or InvalidOperationException or TimeoutException)
        {
            link.Abort(exception.Message);
        }
    }
}
