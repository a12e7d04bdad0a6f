using Grpc.Core;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Orleans.Runtime;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;

namespace Recording.Gateway.Tests.Api;

/// <summary>What a caller is told when a call fails.</summary>
public sealed class ErrorInterceptorTests
{
    [Fact]
    public async Task Known_error_carries_its_code()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Recording.GetView().ThrowsAsync(new RecordingException(RecordingErrorCode.StoreUnavailable, "the store is down"));

        RpcException refused = await FailAsync(host);

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal("the store is down", refused.Status.Detail);
        Assert.Equal(RecordingErrorCode.StoreUnavailable, ErrorDetails.FromRpcException(refused)!.Code);
    }

    [Fact]
    public async Task Unexpected_error_keeps_its_insides()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Recording.GetView().ThrowsAsync(new InvalidOperationException("secret path /var/x"));

        RpcException refused = await FailAsync(host);

        Assert.Equal(StatusCode.Internal, refused.StatusCode);
        Assert.DoesNotContain("secret", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_that_is_gone_or_slow_is_said_to_be_unavailable()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        foreach (Exception exception in new Exception[] { new TimeoutException("x"), new SiloUnavailableException("x") })
        {
            host.Recording.GetView().ThrowsAsync(exception);
            Assert.Equal(StatusCode.Unavailable, (await FailAsync(host)).StatusCode);
        }
    }

    [Fact]
    public async Task Missing_recording_and_unusable_ids_have_their_codes()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Recording.GetView().Returns((Grains.Abstractions.Recordings.RecordingView?)null);

        Assert.Equal(RecordingErrorCode.NoSuchRecording, await ApiHost.CodeOf(host.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = "none" })));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, await ApiHost.CodeOf(host.Control.GetRecordingAsync(new GetRecordingRequest())));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, await ApiHost.CodeOf(host.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = new string('x', 201) })));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, await ApiHost.CodeOf(host.Control.ListRecordingsAsync(new ListRecordingsRequest { Status = "nonsense" })));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, await ApiHost.CodeOf(host.Control.StartRecordingAsync(new Protocol.Control.StartRecordingCommand { RoomId = "room", PolicyJson = "{" })));
    }

    [Fact]
    public async Task Stream_that_fails_carries_the_code_too()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Room.Watch(Arg.Any<IRoomObserver>()).ThrowsAsync(new RecordingException(RecordingErrorCode.UnknownRoom, "no such room"));

        using AsyncServerStreamingCall<Protocol.Control.RoomView> watch = host.Control.WatchRoom(new WatchRoomRequest { RoomId = "room" });
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(RecordingErrorCode.UnknownRoom, ErrorDetails.FromRpcException(refused)!.Code);
    }

    private static async Task<RpcException> FailAsync(ApiHost host) =>
        await Assert.ThrowsAsync<RpcException>(() => host.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = "rec" }).ResponseAsync);
}
