using Recording.Gateway.Configuration;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Hosting;

/// <summary>From the operator's settings to those of the links.</summary>
internal static class SfuLinkSetup
{
    public static void Bind(SfuLinkOptions options, RecordingSettings settings)
    {
        foreach (string host in settings.SfuHost.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            options.Endpoints.Add(HasPort(host) ? host : $"{host}:{settings.SfuPort}");
        }

        // Unique even when two gateways have the same name: a lease must have one holder.
        options.ServiceId = $"{settings.Instance}-{Guid.NewGuid():N}"[..(settings.Instance.Length + 9)];
        options.Token = settings.SfuToken;
        options.UseTls = settings.SfuTls;
        options.CaCertificatePath = NullIfEmpty(settings.SfuTlsCa);
        options.ClientCertificatePath = NullIfEmpty(settings.SfuTlsCert);
        options.ClientKeyPath = NullIfEmpty(settings.SfuTlsKey);
        options.MaxConcurrentRooms = settings.MaxRooms;
        options.BufferBytes = settings.GatewayBuffer;
        options.HeartbeatInterval = settings.HeartbeatInterval;
        options.KeyframeInterval = settings.KeyframeInterval;
    }

    public static void Bind(SpoolOptions options, RecordingSettings settings)
    {
        options.Directory = settings.SpoolDirectory;
        options.IsDefault = settings.IsSpoolDefault;
        options.Instance = settings.Instance;
        options.MaxBytes = settings.SpoolBytes;
        options.ReserveBytes = settings.SpoolReserve;
        options.After = settings.SpoolAfter;

        // Not by the server's address, which gateways may know under several names.
        options.Store = settings.S3 is { } s3 ? $"s3:{settings.ClusterId}/{s3.Bucket}" : $"directory:{Path.GetFullPath(settings.DataDirectory)}";
    }

    // An IPv6 address has colons of its own; its port follows a bracket.
    private static bool HasPort(string host) => host.Contains("]:", StringComparison.Ordinal) || host.Count(static c => c == ':') == 1;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
