using Google.Protobuf;
using Grpc.Core;
using Recording.Protocol.Sfu;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Deployments;

/// <summary>An SFU's link on which a test can send any bytes; it agrees to record and gives every subscribed track the handle that the test chose.</summary>
internal sealed class RawLink : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);
    private static readonly Method<byte[], byte[]> Attach = new(MethodType.DuplexStreaming, "recording.ingest.RecordingIngest", "Attach", Bytes, Bytes);
    private readonly AsyncDuplexStreamingCall<byte[], byte[]> _call;
    private readonly IReadOnlyDictionary<string, uint> _handles;
    private readonly List<RecordingToSfu> _answers = [];
    private readonly SemaphoreSlim _writing = new(1);

    /// <param name="invoker">Of the service.</param>
    /// <param name="handles">Handle of each producer; 0, or not named = its packets come one by one.</param>
    public RawLink(CallInvoker invoker, IReadOnlyDictionary<string, uint> handles)
    {
        _call = invoker.AsyncDuplexStreamingCall(Attach, null, new CallOptions());
        _handles = handles;
        Reading = ReadAsync();
    }

    /// <summary>Ends with the link.</summary>
    public Task Reading { get; }

    public Task SendAsync(SfuToRecording message) => SendAsync(message.ToByteArray());

    public async Task SendAsync(byte[] message)
    {
        await _writing.WaitAsync();
        try
        {
            await _call.RequestStream.WriteAsync(message);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Waits for a message of the service.</summary>
    /// <param name="what">For the message when it does not come.</param>
    /// <param name="condition">Which one.</param>
    /// <param name="patience">Null = 15 s.</param>
    public Task HeardAsync(string what, Predicate<RecordingToSfu> condition, TimeSpan? patience = null) => Eventually.HoldsAsync(what, patience ?? Patience, () =>
    {
        lock (_answers)
        {
            return _answers.Exists(condition);
        }
    });

    /// <summary>Sends, and waits for one more error of this code whose message says this.</summary>
    public async Task IsRefusedAsync(int code, string says, params byte[][] messages)
    {
        int before = Errors(code, says);
        foreach (byte[] message in messages)
        {
            await SendAsync(message);
        }

        await Eventually.HoldsAsync($"{code} '{says}' is answered", Patience, () => Errors(code, says) > before);
    }

    public void Dispose()
    {
        _call.Dispose();
        _writing.Dispose();
    }

    private int Errors(int code, string says)
    {
        lock (_answers)
        {
            return _answers.Count(answer => answer.Error is { } error && error.Code == code && error.Message.Contains(says, StringComparison.Ordinal));
        }
    }

    private async Task ReadAsync()
    {
        while (await _call.ResponseStream.MoveNext(CancellationToken.None))
        {
            RecordingToSfu message = RecordingToSfu.Parser.ParseFrom(_call.ResponseStream.Current);
            lock (_answers)
            {
                _answers.Add(message);
            }

            if (Answer(message) is { } answer)
            {
                await SendAsync(answer);
            }
        }
    }

    private SfuToRecording? Answer(RecordingToSfu message) => message.PayloadCase switch
    {
        RecordingToSfu.PayloadOneofCase.StartRecording => new SfuToRecording
        {
            RequestId = message.RequestId,
            StartRecordingResponse = new StartRecordingResponse { Success = true },
        },
        RecordingToSfu.PayloadOneofCase.SubscribeTrack => new SfuToRecording
        {
            RequestId = message.RequestId,
            TrackSubscribed = new TrackSubscribed
            {
                RoomId = message.SubscribeTrack.RoomId,
                ProducerId = message.SubscribeTrack.ProducerId,
                ConsumerId = "consumer",
                TrackHandle = _handles.GetValueOrDefault(message.SubscribeTrack.ProducerId),
            },
        },
        _ => null,
    };
}
