using Recording.Gateway.Configuration;
using Recording.Gateway.Hosting;

return await ServiceProgram.RunAsync(
    args,
    ServiceRole.Gateway,
    static (builder, settings) =>
    {
        builder.WebHost.UseServicePorts(settings, grpc: true);
        builder.UseClusterClient(settings);
        builder.Services.AddGateway(settings);
    },
    static (app, _) => app.MapGateway());
