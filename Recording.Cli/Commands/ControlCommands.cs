using System.CommandLine;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.Protocol.Control;
using Recording.Protocol.Sfu;

namespace Recording.Cli.Commands;

/// <summary><c>recording start | stop | get | list | job</c>: the control service of a running recorder.</summary>
internal static class ControlCommands
{
    private static readonly Option<string> _service = new("--service")
    {
        Description = "The recorder's gRPC address.",
        DefaultValueFactory = _ => "http://127.0.0.1:50054",
    };

    private static readonly Option<string?> _token = new("--token") { Description = "Bearer token: a JWT, or the SFU token. Default: RECORDING_TOKEN." };

    public static IEnumerable<Command> Create() => [Start(), Stop(), Get(), List(), Job()];

    private static Command Start()
    {
        var room = new Argument<string>("ROOM");
        var requester = new Option<string>("--requester") { Description = "The peer who asks.", DefaultValueFactory = _ => "" };
        var policy = new Option<string>("--policy") { Description = "Room policy as JSON.", DefaultValueFactory = _ => "" };
        var participants = new Option<string[]>("--participant") { Description = "Record only these peers.", AllowMultipleArgumentsPerToken = true };
        var path = new Option<string>("--storage-path") { Description = "Instead of rooms/ROOM.", DefaultValueFactory = _ => "" };
        var wait = new Option<uint>("--wait-ms") { Description = "How long to wait for the SFU's answer.", DefaultValueFactory = _ => 10_000 };
        var command = new Command("start", "Start recording a room.") { room, requester, policy, participants, path, wait, _service, _token };
        command.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) =>
        {
            var request = new StartRecordingCommand
            {
                RoomId = parsed.GetRequiredValue(room),
                RequesterId = parsed.GetRequiredValue(requester),
                PolicyJson = parsed.GetRequiredValue(policy),
                WaitMs = parsed.GetRequiredValue(wait),
                Config = new RecordingConfig { StoragePath = parsed.GetRequiredValue(path) },
            };
            request.Config.ParticipantIds.Add(parsed.GetValue(participants) ?? []);
            return client.StartRecordingAsync(request, headers, cancellationToken: cancellationToken);
        }));
        return command;
    }

    private static Command Stop()
    {
        var room = new Argument<string>("ROOM");
        var recording = new Option<string>("--recording") { Description = "The recording's id; default the current one.", DefaultValueFactory = _ => "" };
        var requester = new Option<string>("--requester") { Description = "The peer who asks.", DefaultValueFactory = _ => "" };
        var process = new Option<bool>("--process") { Description = "Render a composite afterwards." };
        var command = new Command("stop", "Stop recording a room.") { room, recording, requester, process, _service, _token };
        command.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) => client.StopRecordingAsync(
            new StopRecordingCommand
            {
                RoomId = parsed.GetRequiredValue(room),
                RecordingId = parsed.GetRequiredValue(recording),
                RequesterId = parsed.GetRequiredValue(requester),
                TriggerPostProcessing = parsed.GetValue(process),
            },
            headers,
            cancellationToken: cancellationToken)));
        return command;
    }

    private static Command Get()
    {
        var recording = new Argument<string>("RECORDING");
        var command = new Command("get", "Show a recording.") { recording, _service, _token };
        command.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) =>
            client.GetRecordingAsync(new GetRecordingRequest { RecordingId = parsed.GetRequiredValue(recording) }, headers, cancellationToken: cancellationToken)));
        return command;
    }

    private static Command List()
    {
        var room = new Option<string>("--room") { Description = "Only of this room.", DefaultValueFactory = _ => "" };
        var status = new Option<string>("--status") { Description = "Only with this status.", DefaultValueFactory = _ => "" };
        var size = new Option<uint>("--page-size") { Description = "1..500.", DefaultValueFactory = _ => 50 };
        var page = new Option<string>("--page-token") { Description = "From the page before.", DefaultValueFactory = _ => "" };
        var command = new Command("list", "List recordings.") { room, status, size, page, _service, _token };
        command.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) => client.ListRecordingsAsync(
            new ListRecordingsRequest
            {
                RoomId = parsed.GetRequiredValue(room),
                Status = parsed.GetRequiredValue(status),
                PageSize = parsed.GetRequiredValue(size),
                PageToken = parsed.GetRequiredValue(page),
            },
            headers,
            cancellationToken: cancellationToken)));
        return command;
    }

    private static Command Job()
    {
        var recording = new Argument<string>("RECORDING");
        var kind = new Option<string>("--kind") { Description = "compose, remux, report or transcript.", DefaultValueFactory = _ => "compose" };
        var settings = new Option<string>("--settings") { Description = "What the kind knows, as JSON, or @FILE.", DefaultValueFactory = _ => "" };
        var priority = new Option<int>("--priority") { Description = "-100..100, higher first." };
        var create = new Command("create", "Ask for a job of a recording; asking twice gives the same one.") { recording, kind, settings, priority, _service, _token };
        create.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) => client.CreateJobAsync(
            new CreateJobRequest
            {
                RecordingId = parsed.GetRequiredValue(recording),
                Kind = parsed.GetRequiredValue(kind),
                SettingsJson = parsed.GetRequiredValue(settings) is ['@', .. var file] ? File.ReadAllText(file) : parsed.GetRequiredValue(settings),
                Priority = parsed.GetValue(priority),
            },
            headers,
            cancellationToken: cancellationToken)));
        return new Command("job", "Jobs of a running recorder.")
        {
            create,
            OfJob("get", "Show a job.", (client, request, headers, cancellationToken) => client.GetJobAsync(request, headers, cancellationToken: cancellationToken)),
            OfJob("cancel", "End a job.", (client, request, headers, cancellationToken) => client.CancelJobAsync(request, headers, cancellationToken: cancellationToken)),
            OfJob("retry", "Begin a failed or cancelled job anew.", (client, request, headers, cancellationToken) => client.RetryJobAsync(request, headers, cancellationToken: cancellationToken)),
        };
    }

    private static Command OfJob(
        string name, string description, Func<RecordingControl.RecordingControlClient, GetJobRequest, Metadata, CancellationToken, AsyncUnaryCall<Job>> call)
    {
        var job = new Argument<string>("JOB");
        var command = new Command(name, description) { job, _service, _token };
        command.Runs((parsed, cancellationToken) => CallAsync(parsed, (client, headers) => call(client, new GetJobRequest { JobId = parsed.GetRequiredValue(job) }, headers, cancellationToken)));
        return command;
    }

    private static async Task<int> CallAsync<T>(ParseResult parsed, Func<RecordingControl.RecordingControlClient, Metadata, AsyncUnaryCall<T>> call)
        where T : IMessage
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(parsed.GetRequiredValue(_service));
        var headers = new Metadata();
        if ((parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable("RECORDING_TOKEN")) is { Length: > 0 } token)
        {
            headers.Add("authorization", $"Bearer {token}");
        }

        T answer = await call(new RecordingControl.RecordingControlClient(channel), headers);
        using JsonDocument json = JsonDocument.Parse(new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(answer));
        parsed.WriteJson(json.RootElement);
        return ExitCode.Ok;
    }
}
