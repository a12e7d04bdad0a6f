using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Recording.Gateway.Api;

/// <summary>The keys of an issuer, fetched again every ten minutes; while they cannot be fetched, those at hand stay in use.</summary>
internal sealed class KeySet(Uri url, TimeProvider time, ILogger<KeySet> logger) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 1 << 20 };
    private readonly SemaphoreSlim _gate = new(1);
    private long _triedAt;
    private TimeSpan _wait;

    /// <summary>What tokens may be signed with now; empty = nothing was fetched yet.</summary>
    public IList<SecurityKey> Keys { get; private set; } = [];

    /// <summary>Fetches the keys when it is time to.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_triedAt != 0 && time.GetElapsedTime(_triedAt) < _wait)
            {
                return;
            }

            string json = await _client.GetStringAsync(url, cancellationToken);
            Keys = new JsonWebKeySet(json).GetSigningKeys();
            (_triedAt, _wait) = (time.GetTimestamp(), Lifetime);
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or ArgumentException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Callers must not wait for a dead issuer one after the other.
            (_triedAt, _wait) = (time.GetTimestamp(), RetryInterval);
            ApiLog.NoKeySet(logger, url, exception.Message);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _client.Dispose();
        _gate.Dispose();
    }
}
