using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Recording.Model;

namespace Recording.Storage.Internal;

/// <summary>Runs one call with tries, waits between them and a deadline; whatever fails in the end is 4001 with its cause.</summary>
internal sealed class S3Caller(S3StoreOptions options, TimeProvider time)
{
    private static readonly Meter _meter = new("Recording");
    private static readonly Counter<long> _retries = _meter.CreateCounter<long>("recording.store.retries", "{try}", "Tries of a store call after its first");
    private static readonly Counter<long> _failures = _meter.CreateCounter<long>("recording.store.failures", "{call}", "Store calls that failed after all tries");

    /// <param name="what">For the message: what is done to which key.</param>
    /// <param name="bytes">Bytes that the call carries; they get time of their own.</param>
    /// <param name="attempt">One try; its number starts at 1. From the second on, an earlier one may have been carried out without an answer.</param>
    /// <param name="cancellationToken">The caller's own end.</param>
    /// <exception cref="RecordingException">4001.</exception>
    public async Task<T> RunAsync<T>(string what, long bytes, Func<int, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        double mebibytes = bytes / (double)(1 << 20);
        TimeSpan callTimeout = options.CallTimeout + TimeSpan.FromSeconds(2 * mebibytes);
        TimeSpan attemptTimeout = options.AttemptTimeout + TimeSpan.FromSeconds(mebibytes);
        using var deadline = new CancellationTokenSource(callTimeout, time);
        using var whole = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        Exception? last = null;
        for (int number = 1; ; number++)
        {
            using var limit = new CancellationTokenSource(attemptTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(whole.Token, limit.Token);
            try
            {
                return await attempt(number, either.Token);
            }
            catch (Exception e) when (e is not RecordingException && !cancellationToken.IsCancellationRequested)
            {
                // The first cause says more than the cancellation that the deadline puts after it.
                last = e is OperationCanceledException ? last ?? e : e;
                if (!IsTransient(e) || deadline.IsCancellationRequested)
                {
                    throw Failed(what, last, callTimeout);
                }
            }

            _retries.Add(1);
            try
            {
                await Task.Delay(Jittered(number), time, whole.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Failed(what, last, callTimeout);
            }
        }
    }

    private TimeSpan Jittered(int number)
    {
        TimeSpan full = options.RetryDelay * Math.Pow(2, Math.Min(number - 1, 16));
        full = full < options.MaxRetryDelay ? full : options.MaxRetryDelay;
        return full * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private RecordingException Failed(string what, Exception cause, TimeSpan callTimeout)
    {
        _failures.Add(1);
        return new RecordingException(RecordingErrorCode.StoreUnavailable, $"The store could not {what}: {S3Diagnosis.Of(cause, options, callTimeout, time)}.", cause);
    }

    // Anything else, such as an answer that the library cannot read, does not get better by asking again.
    private static bool IsTransient(Exception e) => e switch
    {
        AmazonServiceException { ErrorCode: "SlowDown" or "RequestTimeout" or "Throttling" or "InternalError" or "ServiceUnavailable" } => true,
        AmazonServiceException { StatusCode: HttpStatusCode.NotImplemented } => false,

        // Without an S3 error's code: RGW leaves the body of a PUT that it refuses on the connection and takes it for the start of the next request.
        AmazonServiceException { StatusCode: HttpStatusCode.BadRequest, ErrorCode: null or "" or "BadRequest" } => true,

        // 409: another writer of the same key was at work; the next try gets a clear answer.
        AmazonServiceException service => service.StatusCode is default(HttpStatusCode) or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError,
        HttpRequestException or IOException or SocketException or OperationCanceledException => true,
        _ => false,
    };
}
