using System.Text.RegularExpressions;
using Recording.Storage;

namespace Recording.Gateway.Configuration;

/// <summary>The group <c>RECORDING_S3_*</c>, and <c>PROCESSOR_S3_*</c> over it for a processor.</summary>
internal static partial class S3Settings
{
    private static readonly string[] _names = ["ENDPOINT", "BUCKET", "ACCESS_KEY", "SECRET_KEY", "USE_SSL", "SSE"];

    /// <summary>The server's settings; null when none of the group is set.</summary>
    public static S3StoreOptions? Read(SettingsReader reader, ServiceRole role)
    {
        string[] prefixes = role == ServiceRole.Processor ? ["RECORDING_S3_", "PROCESSOR_S3_"] : ["RECORDING_S3_"];
        if (!prefixes.Any(prefix => reader.AnySet([.. _names.Select(name => prefix + name)])))
        {
            return null;
        }

        var options = new S3StoreOptions();
        foreach (string prefix in prefixes)
        {
            Overlay(reader, prefix, options);
        }

        return options;
    }

    // What a prefix leaves unset stays as it is.
    private static void Overlay(SettingsReader reader, string prefix, S3StoreOptions options)
    {
        ReadEndpoint(reader, prefix + "ENDPOINT", options);
        options.UseSsl = reader.Flag(prefix + "USE_SSL", options.UseSsl);
        options.AccessKey = reader.Text(prefix + "ACCESS_KEY", options.AccessKey);
        options.SecretKey = reader.Text(prefix + "SECRET_KEY", options.SecretKey, secret: true);
        options.Bucket = reader.Text(prefix + "BUCKET", options.Bucket);
        if (!BucketName().IsMatch(options.Bucket))
        {
            reader.Problems.Add($"{prefix}BUCKET is '{options.Bucket}'; it must be 3 to 63 small letters, digits, dots and hyphens.");
        }

        options.ServerSideEncryption = reader.Text(prefix + "SSE", options.ServerSideEncryption);
        if (!Encryption().IsMatch(options.ServerSideEncryption))
        {
            reader.Problems.Add($"{prefix}SSE is '{options.ServerSideEncryption}'; it must be empty, AES256, aws:kms or aws:kms:KEY.");
        }
    }

    private static void ReadEndpoint(SettingsReader reader, string name, S3StoreOptions options)
    {
        string value = reader.Text(name, options.Endpoint);
        bool hasScheme = value.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? value : $"http://{value}", UriKind.Absolute, out Uri? url)
            || url.Scheme is not ("http" or "https") || url.PathAndQuery != "/" || url.UserInfo.Length > 0 || url.Host.Length == 0)
        {
            reader.Problems.Add($"{name} is '{value}'; it must be host:port, or an http or https URL without a path.");
            return;
        }

        options.Endpoint = hasScheme ? url.Authority : value.TrimEnd('/');
        options.UseSsl = hasScheme ? url.Scheme == "https" : options.UseSsl;
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BucketName();

    [GeneratedRegex(@"^(AES256|aws:kms(:.+)?)?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Encryption();
}
