using Microsoft.Extensions.Logging;
using Orleans;
using Recording.Gateway.Sfu.Ingest;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>
/// One connection to an SFU, whoever dialled: registers, reads every frame, keeps time, and ends for one reason only. What a message says is
/// <see cref="LinkDialogue"/>'s; packets go to <see cref="LinkTracks"/>.
/// </summary>
internal sealed class SfuLink : IDisposable
{
    private const int SilentPeriods = 3;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private readonly IFrameStream _stream;
    private readonly SfuLinkServices _services;
    private readonly string? _dialKey;
    private readonly TimeProvider _time;
    private readonly LinkOutbox _outbox;
    private readonly Lock _registration = new();
    private readonly LinkViolations _violations;
    private readonly TaskCompletionSource<LinkEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stop;
    private LinkDialogue? _dialogue;
    private LinkTracks? _tracks;
    private LinkLeaseKeeper? _lease;
    private LinkContinuity? _continuity;
    private Task _reading = Task.CompletedTask;
    private long _heardAt;
    private long _registerSentUs;
    private volatile bool _suspended;
    private volatile bool _draining;
    private volatile bool _registered;
    private bool _isOver;

    /// <param name="stream">The connection.</param>
    /// <param name="services">What all links share.</param>
    /// <param name="dialKey">Key of the SFU that we dialled; null = it dialled us and its id makes the key.</param>
    /// <param name="lease">The lease of <paramref name="dialKey"/>, which the dialler took.</param>
    public SfuLink(IFrameStream stream, SfuLinkServices services, string? dialKey = null, LinkLeaseKeeper? lease = null)
    {
        (_stream, _services, _dialKey, _lease, _time) = (stream, services, dialKey, lease, services.Time);
        _outbox = new LinkOutbox(() => Close(RecordingErrorCode.HeartbeatLost, "The SFU does not read its messages"));
        _violations = new LinkViolations(_time, _outbox, services.Metrics, services.Logger, dialKey ?? "attaching");
        _heardAt = _time.GetTimestamp();
        _stop = _stopped.Token;
    }

    /// <summary>The SFU has registered.</summary>
    public bool IsRegistered => _registered;

    /// <summary>The SFU, once known.</summary>
    public string? Key => _dialogue?.Session.Key ?? _dialKey;

    /// <summary>Messages that were answered with an error.</summary>
    public long Violations => _violations.Total;

    /// <summary>Serves the link until it ends, and says why.</summary>
    public async Task<LinkEnd> RunAsync()
    {
        _continuity = _dialKey is null ? null : _services.HoldContinuity(_dialKey);
        _registerSentUs = UnixTime.Microseconds(_time);
        _outbox.Send(new Wire.RecordingToSfu
        {
            RequestId = "register",
            Register = new Wire.RecordingServiceRegister
            {
                ServiceId = _services.Options.ServiceId,
                Version = _services.Options.Version,
                Capabilities = { SfuCapabilities.Ours },
                MaxConcurrentRooms = _services.Options.MaxConcurrentRooms,
                Timestamp = _registerSentUs / 1000,
                Fence = _continuity?.Fence.Value ?? 0,
            },
        });

        Task writing = ObserveAsync(_outbox.RunAsync(_stream), "writing");
        _reading = ObserveAsync(ReadAsync(), "reading");
        Task ticking = ObserveAsync(TickAsync(), "ticking");
        LinkEnd end = await _end.Task;
        if (end.Code != RecordingErrorCode.None)
        {
            _outbox.Send(_violations.Message(end.Code, end.Reason, recordingId: ""));
        }

        lock (_registration)
        {
            _isOver = true;
        }

        await _stopped.CancelAsync();
        _outbox.Complete();
        await ticking;
        Task releasing = Task.CompletedTask;
        if (_registered)
        {
            _services.Ingests.EndEpoch(_dialogue!.Session.StreamEpoch);
            _services.Ingests.EndEpoch(_dialogue.Session.ReportEpoch);
            _tracks!.CountReceived();
            _tracks.End();
            _services.Metrics.LinkDown(_dialKey is not null);
            if (_continuity!.Release(this))
            {
                _dialogue.OnLinkLost(end.Code);
                releasing = _dialKey is null ? _lease!.ReleaseAsync() : Task.CompletedTask;
            }
        }

        // What is queued still goes out, but neither an SFU that does not read nor a silo that is gone is waited for. The reader ends with the call.
        await Task.WhenAny(Task.WhenAll(writing, releasing), Task.Delay(TimeSpan.FromSeconds(1), _time));
        _continuity?.Unhold();
        if (_registered)
        {
            SfuLinkLog.LinkEnded(_services.Logger, Key!, end.Code, end.Reason);
        }

        return end with { WasRegistered = _registered };
    }

    /// <summary>Completes when the SFU has ended its side too, or cannot be read any more. For a link that has ended; what still comes is thrown away.</summary>
    public Task WhenOtherSideEnded() => ObserveAsync(ReadToEndAsync(), "ending");

    /// <summary>Ends the link; the first reason counts.</summary>
    public void Close(RecordingErrorCode code, string reason) => _end.TrySetResult(new LinkEnd(code, reason, _registered));

    /// <summary>Reads no more; acknowledgements still go out until the link is closed.</summary>
    public void StopReading() => _draining = true;

    /// <inheritdoc />
    public void Dispose() => _stopped.Dispose();

    /// <summary>A room of this SFU wants something.</summary>
    public void OnDirective(RoomDirective directive) => _dialogue?.OnDirective(directive);

    /// <summary>A newer link holds this SFU.</summary>
    public void OnFenced(ulong newerFence)
    {
        if (_lease is { } lease && newerFence > lease.Held)
        {
            Close(RecordingErrorCode.FencedOut, "A newer link to this SFU holds the lease");
        }
    }

    private async Task ReadAsync()
    {
        while (!_end.Task.IsCompleted && !_draining)
        {
            Frame? frame = await _stream.ReadAsync();
            if (frame is null)
            {
                Close(RecordingErrorCode.None, "The SFU ended the link");
                return;
            }

            if (_draining)
            {
                frame.Dispose();
                return;
            }

            Volatile.Write(ref _heardAt, _time.GetTimestamp());
            TrackIngest? full = null;
            try
            {
                if (_registered)
                {
                    full = OnFrame(frame.Span);
                }
                else
                {
                    await OnFirstFrameAsync(frame);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Nothing that an SFU says ends its link.
                if (_violations.MayLog("handling_failed"))
                {
                    SfuLinkLog.LinkFailed(_services.Logger, exception, Key ?? "attaching");
                }

                _violations.Report("failed", RecordingErrorCode.ProtocolViolation, "The message could not be handled");
            }
            finally
            {
                frame.Dispose();
            }

            if (full is not null)
            {
                await PushBackAsync(full);
            }
        }
    }

    private async Task ReadToEndAsync()
    {
        await _reading;
        while (await _stream.ReadAsync() is { } frame)
        {
            frame.Dispose();
        }
    }

    // The hot path: two look-ups and a copy into a block.
    private TrackIngest? OnFrame(ReadOnlySpan<byte> message)
    {
        if (RtpPacketFrame.TryParse(message, out RtpPacketFrame packet))
        {
            return _tracks!.OnPacket(packet, UnixTime.Microseconds(_time));
        }

        if (RtpBatchFrame.TryParse(message, out RtpBatchFrame batch))
        {
            return _tracks!.OnBatch(batch, UnixTime.Microseconds(_time));
        }

        return TryParse(message) is { } parsed ? _dialogue!.OnMessage(parsed) : null;
    }

    private Wire.SfuToRecording? TryParse(ReadOnlySpan<byte> message)
    {
        try
        {
            return Wire.SfuToRecording.Parser.ParseFrom(message);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException exception)
        {
            _violations.Report("malformed", RecordingErrorCode.ProtocolViolation, $"The message does not parse: {exception.Message}");
            return null;
        }
    }

    private async Task OnFirstFrameAsync(Frame frame)
    {
        if (TryParse(frame.Span) is not { } message)
        {
            return;
        }

        if (message.PayloadCase != Wire.SfuToRecording.PayloadOneofCase.RegisterResponse)
        {
            _violations.Report("not_registered", RecordingErrorCode.NotRegistered, "register_response is expected first", message.RequestId);
            return;
        }

        Wire.RecordingServiceRegisterResponse response = message.RegisterResponse;
        if (!response.Success)
        {
            Close(RecordingErrorCode.NotRegistered, $"The SFU refused the registration: {response.Message}");
            return;
        }

        if (_dialKey is null && !SfuIds.IsValid(response.SfuId))
        {
            _violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "An SFU that dials in needs an sfu_id of 1 to 200 bytes", message.RequestId);
            return;
        }

        await RegisterAsync(response);
    }

    private async Task RegisterAsync(Wire.RecordingServiceRegisterResponse response)
    {
        string key = _dialKey ?? $"id:{response.SfuId}";
        LinkContinuity continuity = _continuity ?? _services.HoldContinuity(key);
        LinkLeaseKeeper lease = _lease ?? new LinkLeaseKeeper(key, continuity.Fence, _services.Grains, _time, _services.Options, _services.Logger);
        bool registered = false;
        try
        {
            if (_lease is null)
            {
                await lease.AcquireAsync(_stop);
            }

            registered = TryRegister(key, response, continuity, lease);
        }
        finally
        {
            if (!registered && _dialKey is null)
            {
                // The link ended meanwhile: this lease is nobody's.
                continuity.Unhold();
                _ = lease.Held != 0 ? lease.ReleaseAsync() : Task.CompletedTask;
            }
        }

        if (registered)
        {
            _ = ObserveAsync(
                lease.RunAsync(continuity.Reference, _dialogue!.RoomIds, () => Close(RecordingErrorCode.FencedOut, "A newer link to this SFU holds the lease"), _stop), "lease");
        }
    }

    /// <summary>Begins the dialogue; false = the link has ended while it waited for the lease.</summary>
    private bool TryRegister(string key, Wire.RecordingServiceRegisterResponse response, LinkContinuity continuity, LinkLeaseKeeper lease)
    {
        SfuCapabilities capabilities = SfuCapabilities.Of(response.Capabilities);
        ulong streamEpoch = _services.NewEpoch();
        ulong epoch = capabilities.Batches && response.SessionId != 0 ? response.SessionId : streamEpoch;
        if (capabilities.Acknowledged && response.SessionId == 0)
        {
            capabilities = capabilities with { Acknowledged = false };
        }

        var session = new LinkSession(_time, key, response.SfuId.Length > 0 ? response.SfuId : key, continuity.Fence, capabilities, epoch, streamEpoch, _services.NewEpoch());
        session.Clock.Add(_registerSentUs, UnixTime.Microseconds(_time), UnixTime.FromWire(response.Timestamp));
        lock (_registration)
        {
            if (_isOver)
            {
                return false;
            }

            (_continuity, _lease) = (continuity, lease);
            _violations.LinkName = key;
            _tracks = new LinkTracks(session, _services.Ingest, _services.Ingests, _violations);
            _dialogue = new LinkDialogue(session, _services, continuity, _tracks, _outbox, _violations, Close);
            continuity.TakeOver(this)?.Close(RecordingErrorCode.FencedOut, "A newer link to this SFU took over");
            if (continuity.BeginSession(epoch) is var gone and > 0)
            {
                _services.Ingests.EndEpoch(gone);
            }

            _registered = true;
            _services.Metrics.LinkUp(_dialKey is not null);
            SfuLinkLog.Registered(_services.Logger, key, session.SfuId, epoch, continuity.Fence.Value, string.Join(',', capabilities.Names));
            _dialogue.Begin();
        }

        return true;
    }

    // Only links that cannot replay are pushed back; their silence is then ours, and HTTP/2 pings judge the connection.
    private async Task PushBackAsync(TrackIngest full)
    {
        _suspended = true;
        _dialogue!.SayPushedBack(full.Identity.RoomId);
        try
        {
            await full.WhenRoom().WaitAsync(_stop);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            Volatile.Write(ref _heardAt, _time.GetTimestamp());
            _suspended = false;
        }
    }

    private async Task TickAsync()
    {
        using var timer = new PeriodicTimer(s_tick, _time);
        long heartbeatAt = _time.GetTimestamp();
        while (await WaitAsync(timer))
        {
            TimeSpan silence = _time.GetElapsedTime(Volatile.Read(ref _heardAt));
            if (!_suspended && !_draining && silence > _services.Options.HeartbeatInterval * SilentPeriods)
            {
                Close(
                    _registered ? RecordingErrorCode.HeartbeatLost : RecordingErrorCode.NotRegistered,
                    _registered ? $"No message for {silence.TotalSeconds:F0} s" : "register_response did not come");
                return;
            }

            if (_dialogue is { } dialogue && _registered)
            {
                if (_time.GetTimestamp() >= heartbeatAt)
                {
                    heartbeatAt = _time.GetTimestamp() + (long)(_services.Options.HeartbeatInterval.TotalSeconds * _time.TimestampFrequency);
                    dialogue.SendHeartbeat();
                }

                dialogue.Tick();
            }
        }
    }

    private async ValueTask<bool> WaitAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ObserveAsync(Task task, string loop)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            if (!_end.Task.IsCompleted)
            {
                Close(RecordingErrorCode.None, $"{loop}: {exception.Message}");
            }
        }
    }
}
