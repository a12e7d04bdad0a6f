using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using Orleans;
using Recording.Gateway.Api;
using Recording.Gateway.Configuration;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Storage;

namespace Recording.Gateway.Tests.Api;

/// <summary>The control service over real gRPC on loopback, with tokens checked for real and grains in memory.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly DirectoryInfo _folder;

    private ApiHost(WebApplication app, DirectoryInfo folder)
    {
        (_app, _folder) = (app, folder);
        _channel = GrpcChannel.ForAddress(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public RecordingControl.RecordingControlClient Control => new(_channel);

    /// <summary>The one recording grain; it shows a recording of room "room".</summary>
    public IRecordingGrain Recording { get; private init; } = null!;

    /// <summary>Every index shard.</summary>
    public IRecordingIndexGrain Index { get; private init; } = null!;

    /// <summary>The one room grain.</summary>
    public IRoomGrain Room { get; private init; } = null!;

    /// <summary>Every job grain.</summary>
    public IJobGrain Job { get; private init; } = null!;

    /// <summary>The queue of jobs.</summary>
    public IJobQueueGrain Queue { get; private init; } = null!;

    /// <summary>A directory that goes with the host.</summary>
    public IObjectStore Store => _app.Services.GetRequiredService<IObjectStore>();

    /// <param name="from">Where callers seem to be; null = where they are, on loopback.</param>
    /// <param name="values">Settings.</param>
    public static async Task<ApiHost> StartAsync(IPAddress? from, params (string Name, string Value)[] values)
    {
        RecordingSettings settings = RecordingSettings.Load(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(static pair => new KeyValuePair<string, string?>(pair.Name, pair.Value)))
            .Build());
        var grains = Substitute.For<IGrainFactory>();
        var recording = Substitute.For<IRecordingGrain>();
        recording.GetView().Returns(new RecordingView { RecordingId = "rec", RoomId = "room", Status = RecordingStatus.Completed, Prefix = "rooms/room/rec/" });
        var index = Substitute.For<IRecordingIndexGrain>();
        index.List(default, default, default, default).ReturnsForAnyArgs([]);
        var room = Substitute.For<IRoomGrain>();
        var job = Substitute.For<IJobGrain>();
        var queue = Substitute.For<IJobQueueGrain>();
        queue.GetObstacle().Returns("");
        grains.GetGrain<IJobGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(job);
        grains.GetGrain<IJobQueueGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(queue);
        grains.GetGrain<IRecordingGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(recording);
        grains.GetGrain<IRecordingIndexGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(index);
        grains.GetGrain<IRoomGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(room);

        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(grains);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("api-");
        builder.Services.AddSingleton<IObjectStore>(new DirectoryObjectStore(new DirectoryStoreOptions { Root = folder.FullName }, TimeProvider.System));
        builder.Services.AddSingleton<RecordingApplication>();
        builder.Services.AddSingleton<RecordingDownloads>();
        builder.Services.AddTokenValidation(settings);
        builder.Services.AddGrpc(static options => options.Interceptors.Add<ErrorInterceptor>());
        WebApplication app = builder.Build();
        if (from is not null)
        {
            app.Use((HttpContext context, RequestDelegate next) =>
            {
                context.Connection.RemoteIpAddress = from;
                return next(context);
            });
        }

        app.MapGrpcService<ControlService>();
        await app.StartAsync();
        return new ApiHost(app, folder) { Recording = recording, Index = index, Room = room, Job = job, Queue = queue };
    }

    /// <summary>The code of a call's refusal; None when it is served.</summary>
    public static async Task<RecordingErrorCode> CodeOf<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
            return RecordingErrorCode.None;
        }
        catch (RpcException exception)
        {
            RecordingException known = ErrorDetails.FromRpcException(exception) ?? throw new InvalidOperationException($"no code in the trailer: {exception.Status}", exception);
            Assert.Equal(ErrorDetails.StatusOf(known.Code), exception.StatusCode);
            return known.Code;
        }
    }

    public static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
