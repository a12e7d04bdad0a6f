using System.Net;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>One SFU to dial.</summary>
/// <param name="Host">Name in the URI and in the certificate.</param>
/// <param name="Port">Port.</param>
/// <param name="Address">Which of the name's addresses; null = the only one.</param>
internal sealed record SfuEndpoint(string Host, int Port, IPAddress? Address)
{
    /// <summary>Port of an SFU that names none.</summary>
    public const int DefaultPort = 50055;

    /// <summary>Key of the SFU's link grain.</summary>
    public string Key => Address is null ? $"dial:{Host}:{Port}" : $"dial:{new IPEndPoint(Address, Port)}";

    /// <summary>Reads <c>host</c>, <c>host:port</c> or <c>[v6]:port</c>.</summary>
    public static SfuEndpoint Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        string trimmed = text.Trim();
        if (IPEndPoint.TryParse(trimmed, out IPEndPoint? address) && (trimmed.StartsWith('[') || trimmed.Count(static c => c == ':') <= 1))
        {
            return new SfuEndpoint(address.Address.ToString(), address.Port == 0 ? DefaultPort : address.Port, null);
        }

        int colon = trimmed.LastIndexOf(':');
        return colon > 0 && int.TryParse(trimmed[(colon + 1)..], out int port) && port is > 0 and < 65536
            ? new SfuEndpoint(trimmed[..colon], port, null)
            : new SfuEndpoint(trimmed, DefaultPort, null);
    }
}
