using System.Text;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Recording.Gateway.Configuration;

namespace Recording.Gateway.Api;

/// <summary>Checks API tokens: HS256 with the shared secret, or the keys of a key set that is fetched again every ten minutes.</summary>
public static class TokenValidation
{
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
        });
        if (settings.JwksUrl.Length > 0)
        {
            services.AddSingleton(provider => new KeySet(
                new Uri(settings.JwksUrl), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KeySet>>()));
            services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<KeySet>(UseKeySet);
        }
    }

    private static void UseKeySet(JwtBearerOptions options, KeySet keySet)
    {
        options.Events = new JwtBearerEvents { OnMessageReceived = context => keySet.RefreshAsync(context.HttpContext.RequestAborted) };
        options.TokenValidationParameters.IssuerSigningKeyResolver = (_, _, _, parameters) =>
            parameters.IssuerSigningKey is { } secret ? [.. keySet.Keys, secret] : keySet.Keys;
    }
}
