using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using Recording.Model;
using Recording.Protocol.Errors;

namespace Recording.Cli.Commands;

/// <summary>Runs a command's work and turns what it throws into one line on the error stream and an exit code.</summary>
internal static class CommandRunner
{
    // ENOSPC, EDQUOT, EIO of Linux, which .NET hands on: nothing that was asked for wrongly.
    private const int DiskFull = 28;
    private const int QuotaUsedUp = 122;
    private const int DiskFault = 5;

    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    /// <summary>Sets the command's work.</summary>
    public static void Runs(this Command command, Func<ParseResult, CancellationToken, Task<int>> work) =>
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, work, cancellationToken));

    /// <summary>Writes one JSON document to the output stream, indented for people when it goes to a terminal.</summary>
    public static void WriteJson<T>(this ParseResult parsed, T value, bool oneLine = false) =>
        parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(value, oneLine || Console.IsOutputRedirected ? null : _indented));

    /// <summary>Writes a line to the error stream.</summary>
    public static void Say(this ParseResult parsed, string text) => parsed.InvocationConfiguration.Error.WriteLine(text);

    private static async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work(parsed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            parsed.Say("stopped");
            return ExitCode.Cancelled;
        }
        catch (RecordingException exception)
        {
            parsed.Say($"{(int)exception.Code}: {exception.Message}");
            return exception.Code is RecordingErrorCode.NotFound or RecordingErrorCode.ProtocolViolation ? ExitCode.Usage : ExitCode.Failed;
        }
        catch (RpcException exception)
        {
            RecordingException? known = ErrorDetails.FromRpcException(exception);
            parsed.Say(known is null ? $"the service: {exception.Status.Detail} ({exception.StatusCode})" : $"{(int)known.Code}: {known.Message}");
            return ExitCode.Service;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            parsed.Say(exception.Message);
            return exception is IOException { HResult: DiskFull or QuotaUsedUp or DiskFault } ? ExitCode.Failed : ExitCode.Usage;
        }
    }
}
