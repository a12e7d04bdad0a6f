using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Recording.Model;
using Recording.Protocol.Errors;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>The shared token of SFUs, compared in constant time.</summary>
internal static class SfuToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether an <c>authorization</c> value holds the token; true when none is configured.</summary>
    public static bool IsValid(string? expected, string? authorization)
    {
        if (string.IsNullOrEmpty(expected))
        {
            return true;
        }

        string given = authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..] : "";

        // Hashes have one length, so neither the content nor the length of the token shows in the time it takes.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
    }

    /// <summary>Throws 1004 unless the call brings the token.</summary>
    public static void Demand(string? expected, ServerCallContext context)
    {
        if (!IsValid(expected, context.RequestHeaders.GetValue("authorization")))
        {
            throw ErrorDetails.ToRpcException(new RecordingException(RecordingErrorCode.BadToken, "The bearer token is missing or wrong"));
        }
    }
}
