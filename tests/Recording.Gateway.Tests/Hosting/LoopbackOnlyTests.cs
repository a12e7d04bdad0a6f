using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Recording.Gateway.Hosting;

namespace Recording.Gateway.Tests.Hosting;

/// <summary>Pages for this machine only, whatever kind of endpoint serves them.</summary>
public sealed class LoopbackOnlyTests
{
    [Theory]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("::1", HttpStatusCode.OK)]
    [InlineData("::ffff:127.0.0.1", HttpStatusCode.OK)]
    [InlineData("192.0.2.7", HttpStatusCode.Forbidden)]
    [InlineData("::ffff:192.0.2.7", HttpStatusCode.Forbidden)]
    [InlineData("2001:db8::1", HttpStatusCode.Forbidden)]
    public async Task Guarded_pages_are_served_to_this_machine_only_and_others_to_all(string from, HttpStatusCode expected)
    {
        await using WebApplication app = await StartAsync(IPAddress.Parse(from));
        using var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };

        foreach (string path in new[] { "/pages/handler", "/pages/delegate", "/pages/inner/page", "/pages/number/1" })
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(expected, response.StatusCode);
        }

        using HttpResponseMessage open = await client.GetAsync(new Uri("/open", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    private static async Task<WebApplication> StartAsync(IPAddress from)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            context.Connection.RemoteIpAddress = from;
            return next(context);
        });
        RouteGroupBuilder pages = app.MapGroup("/pages");
        pages.MapGet("/handler", static () => "page");
        pages.MapGet("/delegate", static (HttpContext context) => context.Response.WriteAsync("page"));
        pages.MapGet("/number/{page:int}", static (int page) => page);
        pages.MapGroup("/inner").MapGet("/page", (RequestDelegate)(static context => context.Response.WriteAsync("page")));
        pages.RequireLoopback();
        app.MapGet("/open", static () => "page");
        await app.StartAsync();
        return app;
    }
}
