using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Recording.Gateway.Hosting;

/// <summary>Serves endpoints to callers on this machine only, until there is a login.</summary>
public static class LoopbackOnly
{
    /// <summary>Answers 403 to everybody else.</summary>
    public static TBuilder RequireLoopback<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.AddEndpointFilter(static async (context, next) =>
            context.HttpContext.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
                ? await next(context)
                : Results.Problem(statusCode: StatusCodes.Status403Forbidden, title: "Only callers on this machine are served here."));
}
