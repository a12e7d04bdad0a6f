using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Spool;
using Recording.Media.TrackFiles;

namespace Recording.Gateway.Tests.Sfu.Spool;

/// <summary>A folder for spools, and processes that use it one after the other or side by side.</summary>
internal sealed class SpoolFixture : IDisposable
{
    private readonly List<PacketSpool> _spools = [];
    private readonly IMeterFactory _meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public SpoolFixture() => Metrics = new SpoolMetrics(_meters);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"spool-{Guid.NewGuid():N}");

    public SpoolOptions Options(string instance = "gateway") =>
        new() { Directory = Root, Instance = instance, Store = "store-1", ReserveBytes = 0, MaxBytes = 64 << 20, RetryInterval = TimeSpan.FromMilliseconds(50) };

    public SpoolMetrics Metrics { get; }

    /// <summary>The clock of the spools.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A process that opens its spool.</summary>
    public PacketSpool Open(out IReadOnlyList<AdoptedTrack> adopted, SpoolOptions? options = null)
    {
        var spool = new PacketSpool(options ?? Options(), Metrics, Time, NullLogger<PacketSpool>.Instance);
        _spools.Add(spool);
        adopted = spool.Open();
        return spool;
    }

    public PacketSpool Open(SpoolOptions? options = null) => Open(out _, options);

    public static SpoolTrack Register(PacketSpool spool, string trackId = "anna-audio", ulong epoch = 5)
    {
        TrackIdentity identity = TestWorld.Identity with { TrackId = trackId };
        SpoolTrack? track = spool.TryRegister(identity, epoch, IngestKind.Acknowledged, identity.EncodeHeader(new(), "", true, "1"));
        Assert.NotNull(track);
        return track;
    }

    /// <summary>Sound blocks with these indexes.</summary>
    public static RetainedBatch Batch(ulong first, int count, ulong epoch = 5, int payload = 20)
    {
        var builder = new BatchBuilder(epoch);
        for (ulong index = first; index < first + (ulong)count; index++)
        {
            Assert.True(builder.TryAdd(index, 1_700_000_000_000_000, TestWorld.Rtp((ushort)index, payload: payload), BlockFlags.None, 1_700_000_000_000_000));
        }

        return builder.Build();
    }

    /// <summary>Writes until the spool takes no more; everything that it took.</summary>
    public static async Task<List<SpoolRecord>> FillAsync(PacketSpool spool, SpoolTrack track)
    {
        List<SpoolRecord> records = [];
        ulong next = 1;
        while (await WriteAsync(spool, track, Batch(next, 4, payload: 1000)) is { } written)
        {
            records.AddRange(written);
            next += 4;
            Assert.True(next < 100);
        }

        return records;
    }

    /// <summary>What the gauges of the spool give when they are asked, by their names.</summary>
    public Dictionary<string, double> Gauges()
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == _meters && instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values.Add(instrument.Name, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => values.Add(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => values.Add(instrument.Name, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    /// <summary>Writes one record a batch and waits for the disk.</summary>
    public static async Task<SpoolRecord[]?> WriteAsync(PacketSpool spool, SpoolTrack track, params RetainedBatch[] batches)
    {
        var done = new TaskCompletionSource<SpoolRecord[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        spool.Write(new SpoolWrite(track, [.. batches.Select(static b => new SpoolRun([b]))], done.SetResult));
        return await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The files as a kill would leave them: everything but the lock's owner.</summary>
    public string CopyOf(PacketSpool spool)
    {
        _ = spool;
        string copy = Path.Combine(Path.GetTempPath(), $"spool-{Guid.NewGuid():N}");
        foreach (string file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(Root, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (Path.GetFileName(file) == SpoolFolder.LockName)
            {
                // The lock cannot be read by others: a new one of the same store.
                File.WriteAllText(target, """{"Holder":"dead-1","Store":"store-1"}""");
            }
            else
            {
                File.Copy(file, target);
            }
        }

        return copy;
    }

    public void Dispose()
    {
        foreach (PacketSpool spool in _spools)
        {
            spool.Dispose();
        }

        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
