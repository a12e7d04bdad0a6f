using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Recording.Gateway.Configuration;

namespace Recording.Gateway.Api;

/// <summary>Checks API tokens: HS256 with the shared secret, or the keys of a key set that is fetched again every ten minutes.</summary>
public static class TokenValidation
{
    private static readonly TimeSpan KeySetLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Adds the JWT scheme.</summary>
    public static void AddTokenValidation(this IServiceCollection services, RecordingSettings settings)
    {
        services.AddSingleton<CallerAuthentication>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidateIssuer = false,
                ValidateAudience = false,
                RequireExpirationTime = true,
                ClockSkew = TimeSpan.FromSeconds(30),
                ValidAlgorithms = settings.JwtSecret.Length > 0 && settings.JwksUrl.Length == 0 ? [SecurityAlgorithms.HmacSha256] : null,
            };
            if (settings.JwtSecret.Length > 0)
            {
                options.TokenValidationParameters.IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(settings.JwtSecret));
            }

            if (settings.JwksUrl.Length > 0)
            {
                UseKeySet(options, new Uri(settings.JwksUrl));
            }
        });
    }

    private static void UseKeySet(JwtBearerOptions options, Uri url)
    {
        var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var gate = new SemaphoreSlim(1);
        IList<SecurityKey> keys = [];
        long fetchedAt = 0;
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = async context =>
            {
                var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
                await gate.WaitAsync(context.HttpContext.RequestAborted);
                try
                {
                    if (fetchedAt == 0 || time.GetElapsedTime(fetchedAt) > KeySetLifetime)
                    {
                        string json = await client.GetStringAsync(url, context.HttpContext.RequestAborted);
                        keys = new JsonWebKeySet(json).GetSigningKeys();
                        fetchedAt = time.GetTimestamp();
                    }
                }
                catch (HttpRequestException exception)
                {
                    // The keys at hand stay in use; without any the token is refused with this as the reason.
                    context.HttpContext.Items[nameof(TokenValidation)] = exception.Message;
                }
                finally
                {
                    gate.Release();
                }
            },
        };
        options.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, _, parameters) =>
            parameters.IssuerSigningKey is { } secret ? [.. keys, secret] : keys;
    }
}
