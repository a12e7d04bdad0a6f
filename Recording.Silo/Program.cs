using Orleans.Dashboard;
using Recording.Gateway.Configuration;
using Recording.Gateway.Hosting;
using Recording.Silo.Hosting;
using Recording.Silo.Processing;

return await ServiceProgram.RunAsync(
    args,
    fixedRole: null,
    static (builder, settings) =>
    {
        builder.WebHost.UseServicePorts(settings, grpc: settings.Role == ServiceRole.All);
        if (settings.Role == ServiceRole.Processor)
        {
            ProcessPriority.Lower();
            builder.UseClusterClient(settings);
        }
        else
        {
            builder.UseRecordingSilo(settings);
        }

        if (settings.ProcessorWorkers > 0)
        {
            builder.Services.AddProcessing(options =>
            {
                options.Workers = settings.ProcessorWorkers;
                options.ScratchDirectory = settings.ScratchDirectory;
                options.Transcriber.Url = settings.TranscriberUrl;
                options.Transcriber.Key = settings.TranscriberKey;
                options.Transcriber.Model = settings.TranscriberModel;
                options.Transcriber.Timeout = settings.TranscriberTimeout;
                options.Capacity.MaxCpuPercent = settings.ProcessorMaxCpu;
                options.Capacity.MinFreeMemory = settings.ProcessorMinMemory;
            });
        }

        // Last, so that links close and drain before the silo stops.
        if (settings.Role == ServiceRole.All)
        {
            builder.Services.AddGateway(settings);
        }
    },
    static (app, settings) =>
    {
        if (settings.Role != ServiceRole.Processor)
        {
            app.MapOrleansDashboard("/orleans").RequireLoopback();
        }

        if (settings.Role == ServiceRole.All)
        {
            app.MapGateway();
        }
    });
