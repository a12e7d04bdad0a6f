using Grpc.Core;
using Recording.Model;
using Recording.Protocol.Errors;

namespace Recording.Protocol.Tests.Errors;

public sealed class ErrorDetailsTests
{
    public static TheoryData<RecordingErrorCode> Codes() => [.. Enum.GetValues<RecordingErrorCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_crosses_a_call_and_comes_back(RecordingErrorCode code)
    {
        RpcException thrown = ErrorDetails.ToRpcException(new RecordingException(code, "why it failed"));

        RecordingException? seen = ErrorDetails.FromRpcException(thrown);

        Assert.NotNull(seen);
        Assert.Equal(code, seen.Code);
        Assert.Equal("why it failed", seen.Message);
        Assert.NotEqual(StatusCode.Unknown, thrown.StatusCode);
    }

    [Fact]
    public void Call_without_the_trailer_says_nothing() =>
        Assert.Null(ErrorDetails.FromRpcException(new RpcException(new Status(StatusCode.Internal, "x"))));

    [Fact]
    public void Trailer_that_does_not_parse_says_nothing() =>
        Assert.Null(ErrorDetails.FromRpcException(new RpcException(
            new Status(StatusCode.Internal, "x"), new Metadata { { ErrorDetails.TrailerName, new byte[] { 0xFF, 0xFF } } })));
}
