using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Recording.Grains.Recordings.Check;
using Recording.Model;
using Recording.Storage;

namespace Recording.Cli.Commands;

/// <summary><c>recording fsck [DIR]</c>: looks through a whole store, a directory or a bucket.</summary>
internal static class FsckCommand
{
    private static readonly string[] _s3Names = ["ENDPOINT", "BUCKET", "ACCESS_KEY", "SECRET_KEY", "USE_SSL", "SSE"];

    public static Command Create()
    {
        var directory = new Argument<string?>("DIR")
        {
            Description = "The data directory. Without it: the bucket of the RECORDING_S3_* settings, else RECORDING_DATA, else ./data.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "One JSON object with every finding, instead of lines for people." };
        var repair = new Option<bool>("--repair") { Description = "Mend the index, and have the service add segments that came late to their tracks." };
        var remove = new Option<bool>("--remove-orphans") { Description = "Remove what belongs to no recording, and abort uploads that were never ended." };
        var age = new Option<double>("--older-than") { Description = "Hours; younger things are left alone.", DefaultValueFactory = _ => 1 };
        var command = new Command("fsck", "Check a whole store: orphans, missing files, index, unfinished uploads. Nothing of a recording that is not finished is touched.")
        {
            directory,
            json,
            repair,
            remove,
            age,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var options = new StoreCheckOptions
            {
                Repair = parsed.GetValue(repair),
                RemoveOrphans = parsed.GetValue(remove),
                MinimumAge = TimeSpan.FromHours(Math.Max(0, parsed.GetValue(age))),
            };
            using IDisposable opened = Open(parsed.GetValue(directory), out IObjectStore store, out string name);
            try
            {
                StoreCheckReport report = await new StoreCheck(store, store as IUnfinishedUploads, TimeProvider.System).RunAsync(options, cancellationToken);
                Print(parsed, report, name, parsed.GetValue(json));
                return report.FaultsLeft == 0 ? ExitCode.Ok : ExitCode.Failed;
            }
            catch (RecordingException exception) when (exception.Code == RecordingErrorCode.StoreUnavailable)
            {
                parsed.Say($"{(int)exception.Code}: {exception.Message}");
                return ExitCode.Service;
            }
        });
        return command;
    }

    private static IDisposable Open(string? directory, out IObjectStore store, out string name)
    {
        if (directory is null && _s3Names.Any(static setting => Setting(setting).Length > 0))
        {
            S3StoreOptions options = S3Options();
            var s3 = new S3ObjectStore(options, TimeProvider.System);
            (store, name) = (s3, $"bucket {options.Bucket} at {options.Endpoint}");
            return s3;
        }

        string root = directory ?? (Environment.GetEnvironmentVariable("RECORDING_DATA") is { Length: > 0 } data ? data : "./data");
        if (!Directory.Exists(root))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"there is no directory {root}");
        }

        var files = new DirectoryObjectStore(new DirectoryStoreOptions { Root = root }, TimeProvider.System);
        (store, name) = (files, $"directory {files.Root}");
        return files;
    }

    // The same names and defaults as the service has (docs/configuration.md).
    private static S3StoreOptions S3Options()
    {
        var options = new S3StoreOptions();
        string endpoint = Setting("ENDPOINT");
        if (endpoint.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
            {
                throw new ArgumentException($"RECORDING_S3_ENDPOINT is '{endpoint}'; it must be host:port, or an http or https URL without a path.");
            }

            options.Endpoint = url.Authority;
            options.UseSsl = url.Scheme == "https";
        }
        else if (endpoint.Length > 0)
        {
            options.Endpoint = endpoint.TrimEnd('/');
        }

        if (Setting("USE_SSL") is { Length: > 0 } ssl)
        {
            options.UseSsl = ssl is "1" || ssl.Equals("true", StringComparison.OrdinalIgnoreCase) || ssl.Equals("yes", StringComparison.OrdinalIgnoreCase);
        }

        options.Bucket = Setting("BUCKET") is { Length: > 0 } bucket ? bucket : options.Bucket;
        options.AccessKey = Setting("ACCESS_KEY") is { Length: > 0 } access ? access : options.AccessKey;
        options.SecretKey = Setting("SECRET_KEY") is { Length: > 0 } secret ? secret : options.SecretKey;
        options.ServerSideEncryption = Setting("SSE") is { Length: > 0 } sse ? sse : options.ServerSideEncryption;
        return options;
    }

    private static string Setting(string name) => Environment.GetEnvironmentVariable("RECORDING_S3_" + name) ?? "";

    private static void Print(ParseResult parsed, StoreCheckReport report, string store, bool asJson)
    {
        if (asJson)
        {
            parsed.WriteJson(new
            {
                store,
                recordings = report.Recordings,
                unfinished = report.Unfinished,
                deleted = report.Deleted,
                objects = report.Objects,
                faults_left = report.FaultsLeft,
                findings = report.Findings.Select(static f => new { kind = Name(f.Kind), key = f.Key, recording_id = f.RecordingId, bytes = f.Bytes, detail = f.Detail, mended = f.IsMended }),
            });
            return;
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        foreach (StoreFinding finding in report.Findings)
        {
            output.WriteLine($"{(finding.IsMended ? "mended " : "")}{Name(finding.Kind)} {finding.Key}: {finding.Detail}{(finding.Bytes > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({finding.Bytes} bytes)") : "")}");
        }

        output.WriteLine($"{store}: {report.Recordings} recordings ({report.Unfinished} not finished, {report.Deleted} deleted), {report.Objects} objects; {report.FaultsLeft} faults left");
    }

    private static string Name(StoreFindingKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
