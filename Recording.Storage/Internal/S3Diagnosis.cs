using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Recording.Storage.Internal;

/// <summary>Says in words for an operator why an S3 server did not do what was asked.</summary>
internal static class S3Diagnosis
{
    public static string Of(Exception cause, S3StoreOptions options, TimeSpan waited, TimeProvider time) => cause switch
    {
        AmazonServiceException { ErrorCode: "InvalidAccessKeyId" } => $"{options.Endpoint} does not know the access key '{options.AccessKey}'",
        AmazonServiceException { ErrorCode: "SignatureDoesNotMatch" } => $"the secret key is not the one that {options.Endpoint} has for access key '{options.AccessKey}'",
        AmazonServiceException { ErrorCode: "RequestTimeTooSkewed" } skewed => $"the clocks of this machine and of {options.Endpoint} differ by {Skew(skewed, time)}; set them by NTP",
        AmazonServiceException { ErrorCode: "NoSuchBucket" } => $"the bucket '{options.Bucket}' does not exist at {options.Endpoint}",
        AmazonServiceException { ErrorCode: "AccessDenied" } => $"the access key '{options.AccessKey}' has no permission for this in the bucket '{options.Bucket}' at {options.Endpoint}",

        // An answer without a body, as to a HEAD, does not say which of the two it is.
        AmazonServiceException { StatusCode: HttpStatusCode.Forbidden } => $"{options.Endpoint} refuses the access key '{options.AccessKey}' (wrong keys, or no permission in the bucket '{options.Bucket}')",
        AmazonServiceException service when service.StatusCode != default => $"{options.Endpoint} answered {(int)service.StatusCode} {service.ErrorCode} {service.Message}".TrimEnd(' ', '.'),
        OperationCanceledException => string.Create(CultureInfo.InvariantCulture, $"{options.Endpoint} did not answer within {waited.TotalSeconds:0.#} s"),
        HttpRequestException or IOException or SocketException or AmazonServiceException => $"{options.Endpoint} cannot be reached: {cause.GetBaseException().Message.TrimEnd('.')}",
        _ => $"the answer of {options.Endpoint} cannot be used: {cause.Message.TrimEnd('.')}",
    };

    private static string Skew(AmazonServiceException exception, TimeProvider time)
    {
        string? date = (exception.InnerException as HttpErrorResponseException)?.Response?.GetHeaderValue("Date");
        return DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset server)
            ? string.Create(CultureInfo.InvariantCulture, $"about {(time.GetUtcNow() - server).Duration().TotalSeconds:0} s")
            : "too much";
    }
}
