using System.Collections.Concurrent;
using Recording.Protocol.Sfu;
using Recording.Simulator.Impairment;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

public sealed class SimulatedSfuTests
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    private static SimulationPlan Plan(double seconds = 2, int rooms = 1, int peers = 1, int seed = 1, ImpairmentOptions? impairment = null) => SimulationPlan.Create(
        new RoomShape
        {
            Rooms = rooms,
            Peers = peers,
            Duration = TimeSpan.FromSeconds(seconds),
            Synthetic = new TrackMedia.Synthetic(300, 100),
            SpeakerInterval = null,
        },
        seed,
        impairment);

    [Fact]
    public async Task Every_packet_is_sent_once_and_noted_in_the_ledger()
    {
        using var file = new MemoryStream();
        using var ledger = new LedgerWriter(file);
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(), new SimulatedSfuOptions { Speed = double.PositiveInfinity, Ledger = ledger }, cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);

        await sfu.WhenMediaSentAsync(cancel.Token);
        await sfu.WhenAcknowledgedAsync(cancel.Token);
        ledger.Flush();

        IReadOnlyList<LedgerLine> lines = LedgerLine.Read(file);
        Assert.Equal(2, lines.Select(line => line.Producer).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(2 * 200, lines.Count, 5.0);
        Assert.All(lines, line => Assert.Equal($"{sfu.SessionId}", line.Epoch));
        foreach (IGrouping<string, LedgerLine> track in lines.GroupBy(line => line.Producer, StringComparer.Ordinal))
        {
            Assert.Equal(Enumerable.Range(1, track.Count()).Select(i => (ulong)i), track.Select(line => line.Index));
            Assert.Equal(track.Select(line => (line.Index, line.Sha256)), recorder.Packets[track.Key]);
        }
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_packets_and_another_seed_others()
    {
        var faults = new ImpairmentOptions { Loss = 0.05, Reorder = 0.1, Duplicate = 0.05 };
        string[] first = await RunAsync(7);
        string[] second = await RunAsync(7);
        string[] other = await RunAsync(8);

        Assert.Equal(first, second);
        Assert.Empty(first.Intersect(other, StringComparer.Ordinal));

        async Task<string[]> RunAsync(int seed)
        {
            using var file = new MemoryStream();
            using var ledger = new LedgerWriter(file);
            using var cancel = new CancellationTokenSource(_deadline);
            await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(
                Plan(rooms: 2, peers: 2, seed: seed, impairment: faults), new SimulatedSfuOptions { Speed = double.PositiveInfinity, Ledger = ledger }, cancellationToken: cancel.Token);
            await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);
            await sfu.WhenMediaSentAsync(cancel.Token);
            ledger.Flush();
            return [.. LedgerLine.Read(file).Select(line => $"{line.Room} {line.Producer} {line.Index} {line.Sha256}").Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_replayed_with_the_same_indexes_after_a_cut()
    {
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(), new SimulatedSfuOptions { Speed = double.PositiveInfinity, FirstWindowBytes = 20_000 }, cancellationToken: cancel.Token);
        var resume = new ConcurrentDictionary<string, ulong>(StringComparer.Ordinal);
        Dictionary<string, (ulong Index, string Sha256)[]> before;
        await using (TestRecorder silent = TestRecorder.Connect(sfu.Address!, fence: 1, acknowledge: false))
        {
            await sfu.WhenPacketsSentAsync(100, cancel.Token);
            sfu.CutLinks();
            before = silent.Packets.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
        }

        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!, fence: 2, resume: resume);
        await sfu.WhenMediaSentAsync(cancel.Token);
        await sfu.WhenAcknowledgedAsync(cancel.Token);

        Assert.True(sfu.Figures.PacketsReplayed > 0);
        Assert.Equal(0, sfu.Figures.PacketsDropped);
        foreach ((string producer, ConcurrentQueue<(ulong Index, string Sha256)> packets) in recorder.Packets)
        {
            Assert.Equal(Enumerable.Range(1, packets.Count).Select(i => (ulong)i), packets.Select(packet => packet.Index));
            (ulong Index, string Sha256)[] earlier = before.GetValueOrDefault(producer, []);
            Assert.Equal(earlier, packets.Take(earlier.Length));
        }
    }

    [Fact]
    public async Task Nothing_is_sent_beyond_the_window()
    {
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(), new SimulatedSfuOptions { Speed = double.PositiveInfinity, FirstWindowBytes = 3000 }, cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!, acknowledge: false);

        await sfu.WhenSubscribedAsync(2, cancel.Token);
        await sfu.WhenPacketsSentAsync(2, cancel.Token);
        RecordingToSfu beat = new() { Heartbeat = new Heartbeat { Timestamp = 5 } };
        recorder.Send(beat);
        await EventuallyAsync(() => recorder.Messages.Any(message => message.HeartbeatAck is not null), cancel.Token);

        Assert.All(recorder.Packets.Values, packets => Assert.InRange(packets.Count, 1, 10));
    }

    [Fact]
    public async Task A_link_with_an_older_fence_is_closed_and_a_newer_one_takes_over()
    {
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(seconds: 20), cancellationToken: cancel.Token);
        await using TestRecorder first = TestRecorder.Connect(sfu.Address!, fence: 5);
        await sfu.WhenSubscribedAsync(2, cancel.Token);
        await using TestRecorder older = TestRecorder.Connect(sfu.Address!, fence: 4);
        await EventuallyAsync(() => older.Messages.Any(message => message.Error?.Code == 1006), cancel.Token);

        await using TestRecorder newer = TestRecorder.Connect(sfu.Address!, fence: 6);
        await EventuallyAsync(() => first.Messages.Any(message => message.Error?.Code == 1006), cancel.Token);
        await EventuallyAsync(() => newer.Packets.Count == 2, cancel.Token);
    }

    [Fact]
    public async Task Stopping_ends_every_track_at_its_last_index()
    {
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(seconds: 20), cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);
        await EventuallyAsync(() => recorder.Packets.Count == 2 && recorder.Packets.Values.All(packets => packets.Count > 10), cancel.Token);

        recorder.Send(new RecordingToSfu { StopRecording = new StopRecordingRequest { RoomId = "room-1" } });
        await sfu.WhenStoppedAsync(cancel.Token);
        await EventuallyAsync(() => recorder.Ended.Count == 2, cancel.Token);

        Assert.All(recorder.Ended, track => Assert.Equal(track.Value, (ulong)recorder.Packets[track.Key].Count));
    }

    [Fact]
    public async Task Events_come_in_order_and_are_repeated_until_acknowledged()
    {
        using var cancel = new CancellationTokenSource(_deadline);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(seconds: 20), cancellationToken: cancel.Token);
        await using (TestRecorder first = TestRecorder.Connect(sfu.Address!, fence: 1))
        {
            await EventuallyAsync(() => first.Events.Count() == 4, cancel.Token);
            Assert.Equal([1UL, 2, 3, 4], first.Events.Select(e => e.EventIndex));
            first.Send(new RecordingToSfu { EventAck = new EventAck { RoomId = "room-1", EventIndex = 2 } });
            first.Send(new RecordingToSfu { Heartbeat = new Heartbeat() });
            await EventuallyAsync(() => first.Messages.Any(message => message.HeartbeatAck is not null), cancel.Token);
        }

        await using TestRecorder second = TestRecorder.Connect(sfu.Address!, fence: 2);
        await EventuallyAsync(() => second.Events.Count() == 2 && second.Packets.Count == 2, cancel.Token);
        Assert.Equal([3UL, 4], second.Events.Select(e => e.EventIndex));
    }

    internal static async Task EventuallyAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }
}
