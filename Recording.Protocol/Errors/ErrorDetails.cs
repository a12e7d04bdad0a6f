using Google.Protobuf;
using Grpc.Core;
using Recording.Model;
using Recording.Protocol.Sfu;

namespace Recording.Protocol.Errors;

/// <summary>Carries a <see cref="RecordingException"/> over a gRPC call: status code, sentence, and the number in a binary trailer.</summary>
public static class ErrorDetails
{
    /// <summary>Trailer that holds an encoded <see cref="RecordingError"/>.</summary>
    public const string TrailerName = "recording-error-bin";

    /// <summary>The exception a gRPC server throws.</summary>
    public static RpcException ToRpcException(RecordingException exception, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var error = new RecordingError
        {
            Code = (int)exception.Code,
            Message = exception.Message,
            Timestamp = (clock ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds(),
        };
        return new RpcException(
            new Status(StatusOf(exception.Code), exception.Message, exception),
            new Metadata { { TrailerName, error.ToByteArray() } });
    }

    /// <summary>What a gRPC client was told; null when the trailer is missing or does not parse.</summary>
    public static RecordingException? FromRpcException(RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        foreach (Metadata.Entry entry in exception.Trailers)
        {
            if (!entry.IsBinary || !string.Equals(entry.Key, TrailerName, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            try
            {
                RecordingError error = RecordingError.Parser.ParseFrom(entry.ValueBytes);
                return new RecordingException((RecordingErrorCode)error.Code, error.Message, exception);
            }
            catch (InvalidProtocolBufferException)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The gRPC status that fits a code.</summary>
    public static StatusCode StatusOf(RecordingErrorCode code) => code switch
    {
        RecordingErrorCode.None => StatusCode.OK,
        RecordingErrorCode.NotRegistered => StatusCode.FailedPrecondition,
        RecordingErrorCode.HeartbeatLost => StatusCode.DeadlineExceeded,
        RecordingErrorCode.ProtocolViolation => StatusCode.InvalidArgument,
        RecordingErrorCode.BadToken => StatusCode.Unauthenticated,
        RecordingErrorCode.ShuttingDown => StatusCode.Unavailable,
        RecordingErrorCode.FencedOut => StatusCode.Aborted,
        RecordingErrorCode.UnknownRoom => StatusCode.NotFound,
        RecordingErrorCode.AlreadyRecording => StatusCode.AlreadyExists,
        RecordingErrorCode.NoSuchRecording => StatusCode.NotFound,
        RecordingErrorCode.WrongState => StatusCode.FailedPrecondition,
        RecordingErrorCode.RoomLimit => StatusCode.ResourceExhausted,
        RecordingErrorCode.UnknownProducer => StatusCode.NotFound,
        RecordingErrorCode.UnsupportedCodec => StatusCode.Unimplemented,
        RecordingErrorCode.MalformedRtp => StatusCode.InvalidArgument,
        RecordingErrorCode.TrackLimit => StatusCode.ResourceExhausted,
        RecordingErrorCode.StoreUnavailable => StatusCode.Unavailable,
        RecordingErrorCode.SpoolFull => StatusCode.ResourceExhausted,
        RecordingErrorCode.FinalizationFailed => StatusCode.Internal,
        RecordingErrorCode.NotFound => StatusCode.NotFound,
        RecordingErrorCode.IntegrityCheckFailed => StatusCode.DataLoss,
        RecordingErrorCode.RecordingDisabled => StatusCode.PermissionDenied,
        RecordingErrorCode.NotAuthorizedToRecord => StatusCode.PermissionDenied,
        RecordingErrorCode.MediaTypeDisabled => StatusCode.PermissionDenied,
        RecordingErrorCode.NotAuthorizedToDownload => StatusCode.PermissionDenied,
        _ => StatusCode.Unknown,
    };
}
