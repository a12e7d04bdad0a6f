using Recording.TestInfrastructure;

namespace Recording.Storage.Tests.S3;

/// <summary>The real S3 server that the tests of one run share.</summary>
public sealed class S3Server : IAsyncLifetime
{
    private RadosGateway? _gateway;

    internal RadosGateway Gateway => _gateway ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync() => _gateway = await RadosGateway.StartAsync();

    public async Task DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }

    /// <summary>Settings for a bucket of the caller's own.</summary>
    internal S3StoreOptions Options() => new()
    {
        Endpoint = Gateway.Endpoint,
        Bucket = $"test-{Guid.NewGuid():N}",
        AccessKey = RadosGateway.AccessKey,
        SecretKey = RadosGateway.SecretKey,
    };
}
