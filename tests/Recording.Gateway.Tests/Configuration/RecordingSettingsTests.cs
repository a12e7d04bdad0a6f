using Microsoft.Extensions.Configuration;
using Recording.Gateway.Configuration;
using Recording.Storage;

namespace Recording.Gateway.Tests.Configuration;

public sealed class RecordingSettingsTests
{
    [Fact]
    public void Nothing_set_is_one_process_on_a_directory_that_serves_this_machine_only()
    {
        RecordingSettings settings = Load();

        Assert.Equal(ServiceRole.All, settings.Role);
        Assert.Equal(50054, settings.GrpcPort);
        Assert.Equal("./data", settings.DataDirectory);
        Assert.Null(settings.S3);
        Assert.Equal("", settings.RedisHost);
        Assert.Equal("", settings.SfuHost);
        Assert.Equal("127.0.0.1", settings.HttpListen.ToString());
        Assert.Equal(3, settings.Summary().Count);
    }

    [Fact]
    public void What_is_made_of_every_recording_and_by_whom_is_set_in_words()
    {
        RecordingSettings usual = Load();
        Assert.Equal(["report"], usual.Outputs);
        Assert.Null(usual.TranscriberUrl);
        Assert.Equal((90, 3, TimeSpan.FromSeconds(30)), (usual.ProcessorMaxCpu, usual.JobAttempts, usual.JobLease));
        RecordingSettings settings = Load(("RECORDING_OUTPUTS", "Report, transcript,composite"), ("RECORDING_TRANSCRIBER_URL", "http://asr:9000"), ("RECORDING_TRANSCRIBER_KEY", "hidden"));
        Assert.Equal(["report", "transcript", "composite"], settings.Outputs);
        Assert.Equal(("asr", "whisper-1"), (settings.TranscriberUrl!.Host, settings.TranscriberModel));
        Assert.Equal("***", settings.Values.Single(static value => value.Name == "RECORDING_TRANSCRIBER_KEY").Value);
        Assert.Empty(Load(("RECORDING_OUTPUTS", "none")).Outputs);
        SettingsException refused = Assert.Throws<SettingsException>(() => Load(("RECORDING_OUTPUTS", "film,transcript"), ("RECORDING_TRANSCRIBER_URL", "asr:9000"), ("PROCESSOR_MAX_CPU", "0")));
        Assert.Equal(3, refused.Problems.Count);
        Assert.Contains("RECORDING_OUTPUTS names 'film'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_listed_at_once()
    {
        SettingsException exception = Assert.Throws<SettingsException>(() => Load(
            ("RECORDING_GRPC_PORT", "70000"),
            ("RECORDING_SFU_GRACE", "soon"),
            ("RECORDING_GATEWAY_BUFFER", "1MiB"),
            ("RECORDING_LOG_LEVEL", "loud"),
            ("RECORDING_JWT_SECRET", "short"),
            ("RECORDING_SFU_TLS_CERT", "/nowhere/cert.pem")));

        Assert.Equal(7, exception.Problems.Count);
        Assert.Contains("RECORDING_GRPC_PORT is '70000'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("RECORDING_SFU_TLS_CERT and RECORDING_SFU_TLS_KEY", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void Times_are_seconds_or_carry_a_unit(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Load(("RECORDING_SFU_GRACE", text)).SfuGrace);

    [Theory]
    [InlineData("67108864", 67108864)]
    [InlineData("64MiB", 67108864)]
    [InlineData("2GiB", 2147483648)]
    public void Sizes_are_bytes_or_carry_a_unit(string text, long bytes) =>
        Assert.Equal(bytes, Load(("RECORDING_GATEWAY_BUFFER", text)).GatewayBuffer);

    [Fact]
    public void One_setting_of_the_Redis_group_turns_it_on_with_defaults()
    {
        RecordingSettings settings = Load(("RECORDING_REDIS_HOST", "redis"));

        Assert.Equal(6379, settings.RedisPort);
        Assert.Equal(11111, settings.SiloPort);
    }

    [Theory]
    [InlineData("RECORDING_S3_ENDPOINT", "minio:9100")]
    [InlineData("RECORDING_S3_SSE", "AES256")]
    public void One_setting_of_the_S3_group_turns_it_on_with_the_plans_defaults(string name, string value)
    {
        RecordingSettings settings = Load((name, value));

        Assert.NotNull(settings.S3);
        Assert.Equal("minio:9100", settings.S3.Endpoint);
        Assert.Equal("recordings-private", settings.S3.Bucket);
        Assert.Equal("minioadmin", settings.S3.AccessKey);
        Assert.Equal("minioadmin123", settings.S3.SecretKey);
        Assert.False(settings.S3.UseSsl);
        Assert.Contains("bucket recordings-private at http://minio:9100", settings.Summary()[1], StringComparison.Ordinal);
        Assert.DoesNotContain(settings.Values, static setting => setting.Value.Contains("minioadmin123", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_of_the_S3_group_reaches_the_store()
    {
        S3StoreOptions s3 = Load(
            ("RECORDING_S3_ENDPOINT", "https://s3.example.org/"),
            ("RECORDING_S3_BUCKET", "mine"),
            ("RECORDING_S3_ACCESS_KEY", "key"),
            ("RECORDING_S3_SECRET_KEY", "secret"),
            ("RECORDING_S3_SSE", "aws:kms:key-1")).S3!;

        Assert.Equal(("s3.example.org", "mine", "key", "secret", true, "aws:kms:key-1"), (s3.Endpoint, s3.Bucket, s3.AccessKey, s3.SecretKey, s3.UseSsl, s3.ServerSideEncryption));
        Assert.True(Load(("RECORDING_S3_ENDPOINT", "s3:443"), ("RECORDING_S3_USE_SSL", "true")).S3!.UseSsl);
    }

    [Theory]
    [InlineData("RECORDING_S3_ENDPOINT", "http://minio:9100/path")]
    [InlineData("RECORDING_S3_ENDPOINT", "ftp://minio")]
    [InlineData("RECORDING_S3_ENDPOINT", "two words")]
    [InlineData("RECORDING_S3_BUCKET", "Not A Bucket")]
    [InlineData("RECORDING_S3_BUCKET", "ab")]
    [InlineData("RECORDING_S3_SSE", "rot13")]
    [InlineData("RECORDING_S3_SSE", "aws:kms:")]
    [InlineData("RECORDING_S3_USE_SSL", "perhaps")]
    public void S3_setting_that_cannot_be_used_is_named(string name, string value) =>
        Assert.Contains(name, Assert.Throws<SettingsException>(() => Load((name, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_processor_takes_its_own_S3_names_over_the_common_ones()
    {
        RecordingSettings settings = Load(
            ("RECORDING_ROLE", "processor"),
            ("RECORDING_REDIS_HOST", "redis"),
            ("RECORDING_S3_BUCKET", "common"),
            ("RECORDING_S3_ACCESS_KEY", "common-key"),
            ("PROCESSOR_S3_ENDPOINT", "other:9000"),
            ("PROCESSOR_S3_ACCESS_KEY", "own-key"),
            ("PROCESSOR_S3_SECRET_KEY", "own-secret"));

        Assert.Equal(("other:9000", "common", "own-key", "own-secret"), (settings.S3!.Endpoint, settings.S3.Bucket, settings.S3.AccessKey, settings.S3.SecretKey));
        Assert.DoesNotContain(settings.Values, static setting => setting.Value.Contains("own-secret", StringComparison.Ordinal));
        Assert.Null(Load(("PROCESSOR_S3_ENDPOINT", "other:9000")).S3);
    }

    [Fact]
    public void A_processor_takes_the_plans_own_names()
    {
        RecordingSettings settings = Load(("RECORDING_ROLE", "processor"), ("PROCESSOR_REDIS_HOST", "recording-redis"), ("PROCESSOR_WORKERS", "3"));

        Assert.Equal("recording-redis", settings.RedisHost);
        Assert.Equal(3, settings.ProcessorWorkers);
    }

    [Fact]
    public void A_gateway_without_Redis_is_refused()
    {
        var configuration = new ConfigurationBuilder().Build();

        Assert.Contains("RECORDING_REDIS_HOST", Assert.Throws<SettingsException>(() => RecordingSettings.Load(configuration, ServiceRole.Gateway)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_masked_in_what_is_printed()
    {
        const string secret = "0123456789abcdef0123456789abcdef";

        Assert.DoesNotContain(Load(("RECORDING_JWT_SECRET", secret), ("RECORDING_SFU_TOKEN", secret)).Values, value => value.Value.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_is_in_the_documentation()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Recording.sln")))
        {
            folder = folder.Parent;
        }

        string page = File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md"));
        IEnumerable<string> names = Load(("RECORDING_ROLE", "processor"), ("PROCESSOR_REDIS_HOST", "redis"), ("PROCESSOR_S3_ENDPOINT", "s3")).Values.Select(static value => value.Name);

        Assert.DoesNotContain(names, name => !page.Contains($"`{name}`", StringComparison.Ordinal));
    }

    private static RecordingSettings Load(params (string Name, string Value)[] values) =>
        RecordingSettings.Load(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(static pair => new KeyValuePair<string, string?>(pair.Name, pair.Value)))
            .Build());
}
