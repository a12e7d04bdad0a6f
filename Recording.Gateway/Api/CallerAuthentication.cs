using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Recording.Gateway.Configuration;
using Recording.Model;

namespace Recording.Gateway.Api;

/// <summary>Finds who calls: a JWT, the SFU token, or, where neither is configured, anybody on this machine.</summary>
public sealed class CallerAuthentication(RecordingSettings settings)
{
    private const string AdminScope = "recordings:admin";

    /// <summary>The caller of a request.</summary>
    /// <exception cref="RecordingException">1004 without a valid credential.</exception>
    public async Task<CallerIdentity> IdentifyAsync(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        string token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : "";
        if (settings.SfuToken.Length > 0 && token.Length > 0 && Same(token, settings.SfuToken))
        {
            return new CallerIdentity(CallerKind.Sfu, "sfu", null);
        }

        if (settings.HasApiTokens)
        {
            AuthenticateResult result = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
            if (result.Succeeded)
            {
                return FromClaims(result.Principal);
            }
        }

        bool open = !settings.HasApiTokens && settings.SfuToken.Length == 0;
        if (open && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address))
        {
            return new CallerIdentity(CallerKind.Admin, "local", null);
        }

        throw new RecordingException(
            RecordingErrorCode.BadToken,
            open ? "No token is configured, so only callers on this machine are served." : "A valid bearer token is needed.");
    }

    private static CallerIdentity FromClaims(ClaimsPrincipal principal)
    {
        string subject = principal.FindFirstValue("sub") ?? "";
        if (subject.Length == 0)
        {
            throw new RecordingException(RecordingErrorCode.BadToken, "The token names nobody: its claim sub is missing.");
        }

        bool admin = principal.FindAll("scope").Any(static claim => claim.Value.Split(' ').Contains(AdminScope, StringComparer.Ordinal));
        if (admin)
        {
            return new CallerIdentity(CallerKind.Admin, subject, null);
        }

        return principal.FindFirstValue("room") is { Length: > 0 } room
            ? new CallerIdentity(CallerKind.Participant, subject, room)
            : throw new RecordingException(RecordingErrorCode.BadToken, "The token is for no room: without the scope recordings:admin it needs the claim room.");
    }

    // Hashed first: the comparison then takes the same time for every length.
    private static bool Same(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(left)), SHA256.HashData(Encoding.UTF8.GetBytes(right)));
}
