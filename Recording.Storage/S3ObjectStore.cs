using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Recording.Model;
using Recording.Storage.Internal;

namespace Recording.Storage;

/// <summary>
/// Objects in a bucket of an S3 server (MinIO, Ceph RGW, AWS). Every call is tried again while the server is at fault, and ends with 4001 at its deadline.
/// </summary>
/// <remarks>
/// A listing comes in the order of keys as UTF-8 bytes, which differs from the ordinal order of strings only for characters beyond U+FFFF.
/// </remarks>
public sealed class S3ObjectStore : IObjectStore, IUnfinishedUploads, IDisposable
{
    private const string PutIdField = "put-id";
    private static readonly TimeSpan LongestPresigned = TimeSpan.FromDays(7);

    private readonly S3StoreOptions _options;
    private readonly TimeProvider _time;
    private readonly AmazonS3Client _client;
    private readonly S3Caller _caller;
    private bool _bucketSeen;

    /// <param name="options">Which server and bucket; checked when first used, not here.</param>
    /// <param name="time">For deadlines and waits.</param>
    public S3ObjectStore(S3StoreOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _caller = new S3Caller(options, time);
        _client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), new AmazonS3Config
        {
            ServiceURL = $"{(options.UseSsl ? "https" : "http")}://{options.Endpoint}",
            AuthenticationRegion = options.Region,
            ForcePathStyle = true,

            // Checksums in trailers are refused by RGW and by other servers than AWS.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,

            // Tries and deadlines are ours: the library's own know neither the caller's deadline nor what a lost answer means for a condition.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = TimeSpan.FromHours(1),
            MaxConnectionsPerServer = options.MaxConnections,
            DisableLogging = true,
        });
    }

    /// <summary>
    /// Makes the bucket when it is not there, and shows that it can be listed, written and deleted from.
    /// </summary>
    /// <exception cref="RecordingException">4001, with one sentence that says what is wrong: not reachable, keys, permission, clock.</exception>
    public async Task EnsureBucketAsync(CancellationToken cancellationToken = default)
    {
        if (!await BucketExistsAsync(cancellationToken))
        {
            await CallAsync(
                $"make the bucket '{_options.Bucket}'",
                async (_, token) =>
                {
                    try
                    {
                        await _client.PutBucketAsync(new PutBucketRequest { BucketName = _options.Bucket, UseClientRegion = false }, token);
                    }
                    catch (AmazonS3Exception e) when (e.ErrorCode is "BucketAlreadyOwnedByYou" or "BucketAlreadyExists")
                    {
                        // Another process made it meanwhile, or it is somebody else's: the write below tells.
                        return false;
                    }

                    return true;
                },
                cancellationToken);
        }

        string probe = $"state/start-check-{Guid.NewGuid():N}";
        await PutAsync(probe, ReadOnlyMemory<byte>.Empty, default, cancellationToken);
        await DeleteAsync(probe, cancellationToken);
        Volatile.Write(ref _bucketSeen, true);
    }

    /// <inheritdoc />
    public Task<string?> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition = default, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        if (condition.IfMatch is "")
        {
            // The header would be left out and the put happen always; no version has an empty ETag.
            return Task.FromResult<string?>(null);
        }

        string putId = Guid.NewGuid().ToString("N");
        return _caller.RunAsync(
            $"write '{key}'",
            content.Length,
            async (_, token) =>
            {
                try
                {
                    using MemoryStream body = AsStream(content);
                    PutObjectResponse response = await _client.PutObjectAsync(PutRequest(key, body, condition, putId), token);
                    return Unquoted(response.ETag);
                }
                catch (AmazonS3Exception e) when (Refutes(e, condition))
                {
                    // The answer to an earlier try, ours or the HTTP stack's own, may have got lost: then what is there now is ours.
                    return await WrittenByAsync(putId, key, token);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public async Task<string> PutStreamingAsync(string key, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        ArgumentNullException.ThrowIfNull(content);

        // Most objects are small: only one that turns out not to be gets a whole part's memory.
        byte[] start = new byte[Math.Min(1 << 20, _options.PartSize)];
        int length = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (length < start.Length)
        {
            return (await PutAsync(key, start.AsMemory(0, length), default, cancellationToken))!;
        }

        string putId = Guid.NewGuid().ToString("N");
        string uploadId = await CallAsync(
            $"begin '{key}'",
            async (_, token) => (await _client.InitiateMultipartUploadAsync(InitiateRequest(key, putId), token)).UploadId,
            cancellationToken);
        try
        {
            List<PartETag> parts = await SendPartsAsync(key, uploadId, start, content, cancellationToken);
            return await CompleteAsync(key, uploadId, putId, parts, cancellationToken);
        }
        catch (Exception e)
        {
            await AbortAfterAsync(e, new UnfinishedUpload(key, uploadId, _time.GetUtcNow()));
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<StoredObject?> GetAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        ByteRange wanted = range ?? new ByteRange(0);
        ArgumentOutOfRangeException.ThrowIfNegative(wanted.Offset);
        StoredObject? found = null;
        bool outside = wanted.Length <= 0;
        if (!outside)
        {
            found = await CallAsync(
                $"read '{key}'",
                async (_, token) =>
                {
                    try
                    {
                        return Opened(key, await _client.GetObjectAsync(GetRequest(key, wanted), token));
                    }
                    catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                    {
                        outside = true;
                        return null;
                    }
                    catch (AmazonS3Exception e) when (IsMissing(e))
                    {
                        return null;
                    }
                },
                cancellationToken);
        }

        // No byte of it is wanted, which HTTP has no range for.
        return outside && await HeadAsync(key, cancellationToken) is { } info ? new StoredObject(info, Stream.Null) : found;
    }

    /// <inheritdoc />
    public async Task<ObjectInfo?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        ObjectInfo? info = await CallAsync(
            $"look at '{key}'",
            async (_, token) =>
            {
                GetObjectMetadataResponse? head = await TryHeadAsync(key, token);
                return head is null ? null : new ObjectInfo(key, head.ContentLength, Unquoted(head.ETag), AtUtc(head.LastModified));
            },
            cancellationToken);
        if (info is null && !Volatile.Read(ref _bucketSeen) && !await BucketExistsAsync(cancellationToken))
        {
            // The answer to a HEAD has no body that would tell a missing bucket from a missing object.
            throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"The store could not look at '{key}': the bucket '{_options.Bucket}' does not exist at {_options.Endpoint}.");
        }

        return info;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectKey.ValidatePrefix(prefix);
        string? continuation = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = prefix, ContinuationToken = continuation };
            ListObjectsV2Response page = await CallAsync($"list '{prefix}'", (_, token) => _client.ListObjectsV2Async(request, token), cancellationToken);
            foreach (S3Object entry in page.S3Objects ?? [])
            {
                yield return new ObjectInfo(entry.Key, entry.Size ?? 0, Unquoted(entry.ETag), AtUtc(entry.LastModified));
            }

            continuation = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (continuation is not null);
    }

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return CallAsync(
            $"delete '{key}'",
            async (_, token) =>
            {
                try
                {
                    await _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = key }, token);
                    return true;
                }
                catch (AmazonS3Exception e) when (IsMissing(e))
                {
                    return false;
                }
            },
            cancellationToken);
    }

    /// <summary>A URL that serves the object without other credentials, for at most seven days (SigV4's limit); the object need not exist.</summary>
    public async Task<Uri?> PresignGetAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        cancellationToken.ThrowIfCancellationRequested();
        string url = await _client.GetPreSignedURLAsync(new GetPreSignedUrlRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            Verb = HttpVerb.GET,
            Protocol = _options.UseSsl ? Protocol.HTTPS : Protocol.HTTP,
            Expires = (_time.GetUtcNow() + (lifetime < LongestPresigned ? lifetime : LongestPresigned)).UtcDateTime,
        });
        return new Uri(url);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectKey.ValidatePrefix(prefix);
        var request = new ListMultipartUploadsRequest { BucketName = _options.Bucket, Prefix = prefix };
        bool more = true;
        while (more)
        {
            ListMultipartUploadsResponse page = await CallAsync($"list the uploads below '{prefix}'", (_, token) => _client.ListMultipartUploadsAsync(request, token), cancellationToken);
            foreach (MultipartUpload upload in page.MultipartUploads ?? [])
            {
                yield return new UnfinishedUpload(upload.Key, upload.UploadId, AtUtc(upload.Initiated));
            }

            more = page.IsTruncated == true;
            request.KeyMarker = page.NextKeyMarker;
            request.UploadIdMarker = page.NextUploadIdMarker;
        }
    }

    /// <inheritdoc />
    public Task AbortAsync(UnfinishedUpload upload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(upload);
        var request = new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = upload.Key, UploadId = upload.UploadId };
        return CallAsync(
            $"abort '{upload.Key}'",
            async (_, token) =>
            {
                try
                {
                    await _client.AbortMultipartUploadAsync(request, token);
                    return true;
                }
                catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchUpload")
                {
                    return false;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private Task<T> CallAsync<T>(string what, Func<int, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken) =>
        _caller.RunAsync(what, 0, attempt, cancellationToken);

    private async Task<bool> BucketExistsAsync(CancellationToken cancellationToken)
    {
        bool exists = await CallAsync(
            $"list the bucket '{_options.Bucket}'",
            async (_, token) =>
            {
                try
                {
                    await _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, MaxKeys = 1 }, token);
                    return true;
                }
                catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchBucket")
                {
                    return false;
                }
            },
            cancellationToken);
        Volatile.Write(ref _bucketSeen, exists);
        return exists;
    }

    // One part in memory at a time, sent in order; the first part starts with what was read already.
    private async Task<List<PartETag>> SendPartsAsync(string key, string uploadId, byte[] start, Stream content, CancellationToken cancellationToken)
    {
        const int MostParts = 10_000;
        var parts = new List<PartETag>();
        byte[] buffer = new byte[_options.PartSize];
        start.CopyTo(buffer, 0);
        int held = start.Length;
        while (true)
        {
            held += await content.ReadAtLeastAsync(buffer.AsMemory(held), buffer.Length - held, throwOnEndOfStream: false, cancellationToken);
            if (held == 0)
            {
                return parts;
            }

            if (parts.Count == MostParts)
            {
                throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"The store could not write '{key}': it is longer than {MostParts} parts of {buffer.Length} bytes.");
            }

            (PartETag part, bool retried) = await SendPartAsync(key, uploadId, parts.Count + 1, buffer.AsMemory(0, held), cancellationToken);
            parts.Add(part);
            if (held < buffer.Length)
            {
                return parts;
            }

            // A try that was given up may still read its bytes: they must not change under it.
            buffer = retried ? new byte[_options.PartSize] : buffer;
            held = 0;
        }
    }

    private Task<(PartETag Part, bool Retried)> SendPartAsync(string key, string uploadId, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _caller.RunAsync(
            $"write part {number} of '{key}'",
            content.Length,
            async (attempt, token) =>
            {
                using MemoryStream body = AsStream(content);
                UploadPartResponse response = await _client.UploadPartAsync(
                    new UploadPartRequest
                    {
                        BucketName = _options.Bucket,
                        Key = key,
                        UploadId = uploadId,
                        PartNumber = number,
                        PartSize = content.Length,
                        InputStream = body,
                        UseChunkEncoding = false,
                        DisablePayloadSigning = _options.UseSsl,
                    },
                    token);
                return (new PartETag(number, response.ETag), attempt > 1);
            },
            cancellationToken);

    private async Task<string> CompleteAsync(string key, string uploadId, string putId, List<PartETag> parts, CancellationToken cancellationToken)
    {
        var request = new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = key, UploadId = uploadId, PartETags = parts };
        return await CallAsync(
            $"finish '{key}'",
            async (_, token) =>
            {
                try
                {
                    string etag = Unquoted((await _client.CompleteMultipartUploadAsync(request, token)).ETag);

                    // RGW leaves it out.
                    return etag.Length > 0 ? etag : await WrittenByAsync(putId, key, token) ?? throw Replaced(key);
                }
                catch (AmazonS3Exception e) when (e.ErrorCode == "NoSuchUpload")
                {
                    // An earlier try may have finished it without our hearing of it.
                    return await WrittenByAsync(putId, key, token) ?? throw Replaced(key, e);
                }
            },
            cancellationToken);
    }

    // On its own deadline: the caller's token may be what ended the put.
    private async Task AbortAfterAsync(Exception cause, UnfinishedUpload upload)
    {
        try
        {
            await AbortAsync(upload, CancellationToken.None);
        }
        catch (RecordingException e)
        {
            // The put's own failure matters more; what is left is found by ListUnfinishedAsync.
            cause.Data["left"] = $"{upload.UploadId}: {e.Message}";
        }
    }

    // The ETag of what is there, if that put wrote it.
    private async Task<string?> WrittenByAsync(string putId, string key, CancellationToken token)
    {
        GetObjectMetadataResponse? head = await TryHeadAsync(key, token);
        return head is not null && head.Metadata[PutIdField] == putId ? Unquoted(head.ETag) : null;
    }

    private async Task<GetObjectMetadataResponse?> TryHeadAsync(string key, CancellationToken token)
    {
        try
        {
            return await _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = key }, token);
        }
        catch (AmazonS3Exception e) when (IsMissing(e))
        {
            return null;
        }
    }

    private StoredObject Opened(string key, GetObjectResponse response)
    {
        // "bytes 7-8/10": the whole size is after the slash.
        long size = response.ContentRange is { Length: > 0 } part && long.TryParse(part.AsSpan(part.IndexOf('/', StringComparison.Ordinal) + 1), out long whole) ? whole : response.ContentLength;
        var info = new ObjectInfo(key, size, Unquoted(response.ETag), AtUtc(response.LastModified));
        return new StoredObject(info, new S3ReadStream(response, key, _options.AttemptTimeout, _time));
    }

    private GetObjectRequest GetRequest(string key, ByteRange wanted)
    {
        var request = new GetObjectRequest { BucketName = _options.Bucket, Key = key };
        if (wanted.Length is { } length)
        {
            long last = length > long.MaxValue - wanted.Offset ? long.MaxValue : wanted.Offset + length - 1;
            request.ByteRange = new Amazon.S3.Model.ByteRange(wanted.Offset, last);
        }
        else if (wanted.Offset > 0)
        {
            request.ByteRange = new Amazon.S3.Model.ByteRange($"bytes={wanted.Offset}-");
        }

        return request;
    }

    private PutObjectRequest PutRequest(string key, MemoryStream body, PutCondition condition, string putId)
    {
        (ServerSideEncryptionMethod? method, string? keyId) = Encryption();
        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            InputStream = body,
            AutoCloseStream = false,
            UseChunkEncoding = false,
            DisablePayloadSigning = _options.UseSsl,
            IfMatch = condition.IfMatch,
            IfNoneMatch = condition.IfAbsent ? "*" : null,
            ServerSideEncryptionMethod = method,
            ServerSideEncryptionKeyManagementServiceKeyId = keyId,
        };
        request.Metadata.Add(PutIdField, putId);
        return request;
    }

    private InitiateMultipartUploadRequest InitiateRequest(string key, string putId)
    {
        (ServerSideEncryptionMethod? method, string? keyId) = Encryption();
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = _options.Bucket,
            Key = key,
            ServerSideEncryptionMethod = method,
            ServerSideEncryptionKeyManagementServiceKeyId = keyId,
        };
        request.Metadata.Add(PutIdField, putId);
        return request;
    }

    private (ServerSideEncryptionMethod? Method, string? KeyId) Encryption()
    {
        const string KmsWithKey = "aws:kms:";
        string wanted = _options.ServerSideEncryption;
        return wanted switch
        {
            "" => (null, null),
            _ when wanted.StartsWith(KmsWithKey, StringComparison.Ordinal) => (ServerSideEncryptionMethod.AWSKMS, wanted[KmsWithKey.Length..]),
            _ => (ServerSideEncryptionMethod.FindValue(wanted), null),
        };
    }

    private static RecordingException Replaced(string key, Exception? cause = null) =>
        new(RecordingErrorCode.StoreUnavailable, $"The store could not finish '{key}': another writer replaced it, or its upload was removed.", cause);

    // RGW answers 412 where AWS answers 404 to an if-match over nothing.
    private static bool Refutes(AmazonS3Exception e, PutCondition condition) =>
        e.StatusCode == HttpStatusCode.PreconditionFailed || (condition.IfMatch is not null && IsMissing(e));

    private static bool IsMissing(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket";

    // Always unquoted: RGW compares an If-Match in quotes with nothing that it holds.
    private static string Unquoted(string? etag) => etag?.Trim('"') ?? "";

    private static DateTimeOffset AtUtc(DateTime? time) => time is { } at ? new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.UnixEpoch;

    private static MemoryStream AsStream(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
