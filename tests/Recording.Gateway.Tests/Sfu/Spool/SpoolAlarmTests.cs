using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Recording.Gateway.Hosting;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Tests.Sfu.Spool;

/// <summary>What an operator is told of a spool: the health check and the gauges.</summary>
public sealed class SpoolAlarmTests : IDisposable
{
    private const long MemoryBytes = 1000;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 3, 10, 0, 0, TimeSpan.Zero));
    private readonly GatewayMemory _memory = new(MemoryBytes);
    private readonly SpoolFixture _fixture;

    public SpoolAlarmTests() => _fixture = new SpoolFixture { Time = _time };

    [Fact]
    public async Task What_waits_is_4001_a_full_spool_4002_and_full_memory_beside_it_a_failure()
    {
        PacketSpool spool = _fixture.Open(Small());
        Assert.Equal((HealthStatus.Healthy, null), await CheckAsync(spool));

        SpoolTrack track = SpoolFixture.Register(spool);
        SpoolRecord[]? first = await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(1, 1));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal((HealthStatus.Degraded, $"4001: 1 tracks wait in the spool for the store, {spool.Bytes} bytes, the oldest since 90 s"), await CheckAsync(spool));

        List<SpoolRecord> records = await SpoolFixture.FillAsync(spool, track);
        Assert.Equal(SpoolState.Full, spool.State);
        const string Full = "4002: the spool takes nothing: the spool has reached 40000 bytes (RECORDING_SPOOL_BYTES)";
        Assert.Equal((HealthStatus.Degraded, Full), await CheckAsync(spool));
        _memory.Take(MemoryBytes);
        Assert.Equal((HealthStatus.Unhealthy, Full + "; memory is full as well"), await CheckAsync(spool));
        _memory.Give(1);
        Assert.Equal((HealthStatus.Degraded, Full), await CheckAsync(spool));

        _memory.Take(1);
        records.Concat(first!).ToList().ForEach(spool.Release);
        await Eventually.True(() => spool.State == SpoolState.Taking, "the spool takes packets again", _time);
        Assert.Equal((HealthStatus.Healthy, null), await CheckAsync(spool));
    }

    [Fact]
    public async Task A_spool_that_cannot_be_written_to_is_4002_and_without_one_all_is_well()
    {
        // A file where the folder should be.
        await File.WriteAllTextAsync(_fixture.Root, "");
        PacketSpool spool = _fixture.Open();
        Assert.Equal(SpoolState.Failing, spool.State);
        (HealthStatus status, string? said) = await CheckAsync(spool);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Equal($"4002: the spool takes nothing: {spool.Reason}", said);
        Assert.Contains(_fixture.Root, said, StringComparison.Ordinal);
        _memory.Take(MemoryBytes);
        Assert.Equal((HealthStatus.Unhealthy, said + "; memory is full as well"), await CheckAsync(spool));
        Assert.Equal(1, _fixture.Gauges()["recording.spool.blocked"]);

        SpoolOptions none = _fixture.Options();
        none.Directory = null;
        Assert.Equal((HealthStatus.Healthy, "no spool: what the store does not take is kept in memory only"), await CheckAsync(_fixture.Open(none)));
    }

    [Fact]
    public async Task Damage_that_was_kept_aside_is_told_and_no_alarm()
    {
        PacketSpool spool = _fixture.Open();
        Directory.CreateDirectory(Path.Combine(_fixture.Root, SpoolFolders.AsideName));
        await File.WriteAllTextAsync(Path.Combine(_fixture.Root, SpoolFolders.AsideName, "00000001.spool"), "");

        Assert.Equal((HealthStatus.Healthy, "1 damaged files are kept aside"), await CheckAsync(spool));
    }

    [Fact]
    public async Task Gauges_give_bytes_tracks_age_and_whether_it_is_blocked()
    {
        PacketSpool spool = _fixture.Open(Small());
        Assert.Equal("age 0, blocked 0, bytes 0, tracks 0", Gauges());

        SpoolTrack[] tracks = [SpoolFixture.Register(spool), SpoolFixture.Register(spool, "anna-video"), SpoolFixture.Register(spool, "ben-audio")];
        SpoolRecord[]? first = await SpoolFixture.WriteAsync(spool, tracks[0], SpoolFixture.Batch(1, 3));
        _time.Advance(TimeSpan.FromSeconds(30));
        SpoolRecord[]? second = await SpoolFixture.WriteAsync(spool, tracks[1], SpoolFixture.Batch(1, 30, payload: 320));
        _time.Advance(TimeSpan.FromSeconds(12.5));
        Assert.Equal($"age 42.5, blocked 0, bytes {OnDisk()}, tracks 2", Gauges());

        List<SpoolRecord> records = await SpoolFixture.FillAsync(spool, tracks[1]);
        long full = OnDisk();
        Assert.InRange(full, 30_000, 40_000);
        Assert.Equal($"age 42.5, blocked 1, bytes {full}, tracks 2", Gauges());

        // The second batch did not fit into the file of the first: that file goes, and the age is that of what is left.
        spool.Release(first![0]);
        await Eventually.True(() => OnDisk() < full && Gauges() == $"age 12.5, blocked 1, bytes {OnDisk()}, tracks 1", "the first file is gone");
        spool.Release(second![0]);
        records.ForEach(spool.Release);
        await Eventually.True(() => OnDisk() <= 10_000 && Gauges() == $"age 0, blocked 0, bytes {OnDisk()}, tracks 0", "nothing waits any more", _time);
    }

    public void Dispose() => _fixture.Dispose();

    private SpoolOptions Small()
    {
        SpoolOptions options = _fixture.Options();
        (options.MaxBytes, options.FileBytes) = (40_000, 10_000);
        return options;
    }

    private async Task<(HealthStatus Status, string? Said)> CheckAsync(PacketSpool spool)
    {
        HealthCheckResult result = await new SpoolHealthCheck(spool, _memory).CheckHealthAsync(new HealthCheckContext());
        return (result.Status, result.Description);
    }

    private string Gauges() => string.Join(
        ", ",
        _fixture.Gauges().OrderBy(static gauge => gauge.Key, StringComparer.Ordinal).Select(static gauge => FormattableString.Invariant($"{gauge.Key["recording.spool.".Length..]} {gauge.Value}")));

    // A file may go while it is looked at: whether it is there and its length are of one look.
    private long OnDisk() => new DirectoryInfo(_fixture.Root).EnumerateFiles("*.spool", SearchOption.AllDirectories).Where(static file => file.Exists).Sum(static file => file.Length);
}
