using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Recording.Model;
using Recording.Protocol.Errors;

namespace Recording.Gateway.Api;

/// <summary>Turns what a call throws into a gRPC status with the code's details; what is unexpected is logged and answered without its insides.</summary>
public sealed class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    /// <inheritdoc />
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    /// <inheritdoc />
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Translate(exception, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        switch (exception)
        {
            case RecordingException known:
                return ErrorDetails.ToRpcException(known);
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(Status.DefaultCancelled);
            case TimeoutException or SiloUnavailableException or OrleansMessageRejectionException:
                return new RpcException(new Status(StatusCode.Unavailable, "The part of the cluster that holds this is not reachable now; try again."));
            default:
                ApiLog.Unexpected(logger, exception, context.Method);
                return new RpcException(new Status(StatusCode.Internal, "Unexpected error; the log of this process has it."));
        }
    }
}
