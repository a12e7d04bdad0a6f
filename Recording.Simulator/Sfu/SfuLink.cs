using System.Threading.Channels;
using Recording.Model;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>One stream to a recorder: a queue of messages and what was agreed at registration.</summary>
internal sealed class SfuLink : IDisposable
{
    private readonly Channel<OutgoingMessage> _queue = Channel.CreateUnbounded<OutgoingMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _closing = new();
    private long _queuedBytes;

    public SfuLink(int id) => Id = id;

    public int Id { get; }

    public bool Registered { get; private set; }

    public ulong Fence { get; private set; }

    public string ServiceId { get; private set; } = "";

    /// <summary>Time of the recorder's last message, µs since 1970.</summary>
    public long LastHeardUs { get; set; }

    public string CloseReason { get; private set; } = "";

    public bool Batches { get; private set; }

    public bool Acknowledges { get; private set; }

    public bool TakesSenderReports { get; private set; }

    public bool TakesDetails { get; private set; }

    public bool TakesStartRequests { get; private set; }

    /// <summary>Cancelled when reading should end.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Waiting RTP bytes.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    public void Register(RecordingServiceRegister register, IReadOnlyList<string> announced)
    {
        bool Both(string capability) => announced.Contains(capability, StringComparer.Ordinal) && register.Capabilities.Contains(capability);
        Registered = true;
        Fence = register.Fence;
        ServiceId = register.ServiceId;
        Batches = Both(SfuCapabilities.RtpBatch);
        Acknowledges = Batches && Both(SfuCapabilities.RtpAck);
        TakesSenderReports = Both(SfuCapabilities.SenderReports);
        TakesDetails = Both(SfuCapabilities.TrackDetails);
        TakesStartRequests = Both(SfuCapabilities.StartRequested);
    }

    public void Send(SfuToRecording message) => Send(new OutgoingMessage(message, 0, null, 0, null));

    public void Send(OutgoingMessage message)
    {
        if (_queue.Writer.TryWrite(message))
        {
            Interlocked.Add(ref _queuedBytes, message.Weight);
        }
    }

    /// <summary>Lets the queue drain, then ends the stream.</summary>
    public void Complete(string reason, RecordingErrorCode code = RecordingErrorCode.None)
    {
        if (CloseReason.Length == 0)
        {
            CloseReason = reason;
        }

        if (code != RecordingErrorCode.None)
        {
            Send(new SfuToRecording { Error = new RecordingError { Code = (int)code, Message = reason } });
        }

        _queue.Writer.TryComplete();
    }

    /// <summary>Ends the stream at once; what waits is lost.</summary>
    public void Abort(string reason)
    {
        Complete(reason);
        _closing.Cancel();
    }

    /// <summary>Writes what is queued until the link is completed; the second argument of <paramref name="write"/> says whether more waits.</summary>
    public async Task WriteAllAsync(Func<SfuToRecording, bool, Task> write, LedgerWriter? ledger)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_closing.Token))
            {
                while (_queue.Reader.TryRead(out OutgoingMessage outgoing))
                {
                    await write(outgoing.Message, _queue.Reader.TryPeek(out _));
                    Interlocked.Add(ref _queuedBytes, -outgoing.Weight);
                    if (outgoing.Track is { } track && ledger is not null)
                    {
                        ledger.Write(track.LedgerPrefix, outgoing.Index, outgoing.Packet);
                    }
                }
            }
        }
        finally
        {
            _queue.Writer.TryComplete();
            await _closing.CancelAsync();
        }
    }

    public void Dispose() => _closing.Dispose();
}
