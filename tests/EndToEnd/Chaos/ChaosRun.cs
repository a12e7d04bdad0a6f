using Recording.Simulator.Sfu;
using Recording.Simulator.Verification;
using Recording.Storage;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd.Chaos;

/// <summary>Records rooms while faults happen as scheduled, waits until everything has ended, and compares what was sent with what is stored.</summary>
public sealed class ChaosRun
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan LinkPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan MemoryPeriod = TimeSpan.FromMilliseconds(250);

    private readonly ChaosOptions _options;
    private readonly long _startedAt = TimeProvider.System.GetTimestamp();
    private readonly List<string> _problems = [];
    private long _memory;
    private string _memoryOf = "";

    private ChaosRun(ChaosOptions options) => _options = options;

    /// <summary>Runs it.</summary>
    public static Task<ChaosResult> RunAsync(ChaosOptions options) => new ChaosRun(options).RunAsync();

    private async Task<ChaosResult> RunAsync()
    {
        bool disks = ChaosSystem.HasSmallDisks();
        IReadOnlyList<FaultKind> possible = ChaosSystem.Kinds(_options.Cluster, _options.PlanOnly, disks);
        IReadOnlyList<FaultKind> kinds = _options.Kinds is { } wanted ? [.. possible.Intersect(wanted)] : possible;
        if (kinds.Count == 0)
        {
            throw new ArgumentException($"{(_options.Cluster ? "a cluster" : "one process")} can meet none of {string.Join(", ", _options.Kinds!)}; it can meet {string.Join(", ", possible)}");
        }

        IReadOnlyList<Fault> schedule = FaultSchedule.Create(_options.Seed, _options.Faults, kinds);
        Log($"{(_options.Cluster ? "cluster" : "one process")}, {(_options.PlanOnly ? "plan-only" : "acknowledging")} SFUs, seed {_options.Seed}, {schedule.Count} faults of {kinds.Count} kinds{(disks ? "" : "; no disk can be filled here: not root")}");
        foreach (Fault fault in schedule)
        {
            Log($"  {fault}");
        }

        await using ChaosSystem system = await ChaosSystem.StartAsync(_options);
        using LedgerWriter ledger = LedgerWriter.Create(system.FileFor("ledger.jsonl"));
        using var damage = new DamageBook(system.Store, system.FileFor("damaged.jsonl"));
        using var ending = new CancellationTokenSource();
        Task watching = WatchMemoryAsync(system, ending.Token);
        try
        {
            return await RecordAsync(system, schedule, ledger, damage);
        }
        finally
        {
            await ending.CancelAsync();
            await watching;
            if (_options.KeepIn is { } folder)
            {
                await system.KeepLogsAsync(folder);
            }
        }
    }

    private async Task<ChaosResult> RecordAsync(ChaosSystem system, IReadOnlyList<Fault> schedule, LedgerWriter ledger, DamageBook damage)
    {
        using var over = new CancellationTokenSource();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SfuSlot[] slots = [.. Slots(system, ledger)];
        Task[] running = [.. slots.Select(slot => Task.Run(() => slot.RunAsync(ended.Task, over.Token)))];
        try
        {
            await MeetAllAsync(system, schedule, slots, running, damage);
            await over.CancelAsync();
            Log("faults are over; the last rooms end");
            await Task.WhenAll(slots.Select(static slot => slot.Done.Task));
            ChaosResult result = await JudgeAsync(system, schedule.Count, ledger, damage);
            ended.SetResult();
            await Task.WhenAll(running);
            return result;
        }
        finally
        {
            await over.CancelAsync();
            ended.TrySetResult();
        }
    }

    private async Task MeetAllAsync(ChaosSystem system, IReadOnlyList<Fault> schedule, SfuSlot[] slots, Task[] running, DamageBook damage)
    {
        await Task.WhenAll(slots.Select(static slot => slot.Recording.Task));
        for (int next = 0; next < schedule.Count; next++)
        {
            Fault fault = schedule[next];
            await Task.Delay(fault.Pause);
            Task meeting = MeetAsync(system, fault, damage);
            try
            {
                if (fault.OverlapsNext)
                {
                    Fault second = schedule[++next];
                    await Task.Delay(second.Pause);
                    await MeetAsync(system, second, damage);
                }
            }
            finally
            {
                // Otherwise it would start again what is disposed of already.
                await meeting;
            }

            await system.WhenHealthyAsync(isIdle: false);
            await Eventually.HoldsAsync("every SFU has a gateway again", LinkPatience, () => slots.All(static slot => slot.IsServed));
            foreach (Task failed in running.Where(static task => task.IsFaulted))
            {
                await failed;
            }
        }
    }

    private IEnumerable<SfuSlot> Slots(ChaosSystem system, LedgerWriter ledger)
    {
        int[][] gateways = (_options.Cluster, _options.PlanOnly) switch
        {
            (true, true) => [[0], [0]],
            (true, false) => [[0, 1], [], [1, 0]],
            _ => [[0], []],
        };
        return gateways.Select((order, number) => new SfuSlot(system, _options, number, order, ledger));
    }

    private async Task MeetAsync(ChaosSystem system, Fault fault, DamageBook damage)
    {
        Log($"fault {fault.Number}/{_options.Faults} {fault.Kind} {fault.Target % 4} for {fault.Duration.TotalSeconds:0.0} s");
        await system.MeetAsync(fault, damage);
    }

    private async Task<ChaosResult> JudgeAsync(ChaosSystem system, int faults, LedgerWriter ledger, DamageBook damage)
    {
        ledger.Flush();
        string[] rooms = RoomsOf(system.FileFor("ledger.jsonl"));
        List<Wire.Recording> recordings = await WhenEndedAsync(system, rooms);
        int unfinished = rooms.Count(room => !IsWhole(room, recordings));
        await WhenIdleAsync(system);
        string copy = _options.KeepIn is { } keep ? Path.Combine(keep, "store") : system.FileFor("copy");
        await CopyAsync(system.Store, copy);
        VerificationReport report = RecordingVerifier.Verify(copy, system.FileFor("ledger.jsonl"), excusedPath: damage.LedgerPath);
        _problems.AddRange(report.Problems);
        _problems.AddRange(DamageReport.Unreported(copy, damage.Blocks));
        if (report.Extra > 0)
        {
            _problems.Add($"{report.Extra} packets are stored that nobody sent");
        }

        if (report.Damaged > 0 || report.Mismatched > 0)
        {
            _problems.Add($"{report.Damaged} damaged stretches, {report.Mismatched} files that are not as metadata.json says");
        }

        if (_memory > _options.MemoryBound)
        {
            _problems.Add($"{_memoryOf} held {_memory >> 20} MiB; the bound is {_options.MemoryBound >> 20}");
        }

        var result = new ChaosResult
        {
            Faults = faults,
            Sent = ledger.Count,
            Stored = report.Stored,
            Lost = report.Missing,
            Duplicated = report.Duplicated,
            Recordings = recordings.Count,
            Unfinished = unfinished,
            MaxRssMb = _memory >> 20,
            Damaged = report.Excused,
            Problems = _problems,
        };
        Log($"{report.Excused} packets lay in {damage.Blocks.Count} damaged blocks; the most memory was {_memory >> 20} MiB in {_memoryOf}");
        return result;
    }

    private async Task<List<Wire.Recording>> WhenEndedAsync(ChaosSystem system, string[] rooms)
    {
        List<Wire.Recording> recordings = [];
        try
        {
            await Eventually.HoldsAsync("every recording ends", EndPatience, async () =>
            {
                recordings = await system.ListAsync();
                return recordings.TrueForAll(ChaosSystem.IsEnded)
                    && rooms.All(room => recordings.Exists(recording => recording.RoomId == room));
            });
        }
        catch (TimeoutException exception)
        {
            IEnumerable<string> open = recordings.Where(static recording => !ChaosSystem.IsEnded(recording)).Select(static recording => $"{recording.RoomId} {recording.RecordingId} {recording.Status}");
            _problems.Add($"{exception.Message}: {string.Join(", ", open)}");
        }

        return recordings;
    }

    private async Task WhenIdleAsync(ChaosSystem system)
    {
        try
        {
            await system.WhenHealthyAsync(isIdle: true);
        }
        catch (InvalidOperationException exception)
        {
            _problems.Add(exception.Message);
        }
    }

    private bool IsWhole(string room, List<Wire.Recording> recordings)
    {
        Wire.Recording[] own = [.. recordings.Where(recording => recording.RoomId == room)];
        if (own.Length == 1 && own[0].Status == "completed")
        {
            return true;
        }

        _problems.Add($"room {room} has {own.Length} recordings: {string.Join(", ", own.Select(static recording => $"{recording.RecordingId} {recording.Status}"))}");
        return false;
    }

    private static string[] RoomsOf(string ledger)
    {
        const string Begin = "{\"room\":\"";
        var rooms = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(ledger).Where(static line => line.StartsWith(Begin, StringComparison.Ordinal)))
        {
            rooms.Add(line[Begin.Length..line.IndexOf('"', Begin.Length)]);
        }

        return [.. rooms.Order(StringComparer.Ordinal)];
    }

    private static async Task CopyAsync(IObjectStore store, string directory)
    {
        await foreach (ObjectInfo info in store.ListAsync(RecordingKeys.RoomsPrefix))
        {
            string file = Path.Combine(directory, info.Key);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using StoredObject? found = await store.GetAsync(info.Key);
            if (found is not null)
            {
                await using FileStream output = File.Create(file);
                await found.Content.CopyToAsync(output);
            }
        }
    }

    private async Task WatchMemoryAsync(ChaosSystem system, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(MemoryPeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                foreach (ServiceProcess process in system.Processes)
                {
                    long held = process.Process.ResidentBytes;
                    if (held > _memory)
                    {
                        (_memory, _memoryOf) = (held, process.Process.Name);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private void Log(string line) => _options.Log($"{TimeProvider.System.GetElapsedTime(_startedAt).TotalSeconds,7:0.0} {line}");
}
