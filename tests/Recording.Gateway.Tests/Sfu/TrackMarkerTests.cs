using Recording.Gateway.Sfu.Ingest;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles.Wire;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>Markers that no packet follows.</summary>
public sealed class TrackMarkerTests
{
    private readonly TestWorld _world = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pause_at_the_end_is_stored_before_the_track_is_drained(bool diesBeforeItIsStored)
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        grain.Store();
        ingest.SetPaused(true, "recording", _world.NowUs);
        _world.Run(ingest, TimeSpan.FromSeconds(5));
        Assert.True(ingest.IsStored);

        ingest.End();
        _world.Run(ingest, TimeSpan.FromSeconds(5));
        Assert.Single(grain.Markers, static m => m.Pause is not null);
        Assert.False(ingest.IsDrained);
        Assert.Equal(1, grain.Flushes);

        if (diesBeforeItIsStored)
        {
            grain.Kill();
            _world.Run(ingest, TimeSpan.FromSeconds(5));
        }

        grain.Store();
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        Assert.True(ingest.IsDrained);
        Assert.Single(grain.StoredMarkers, static m => m.Pause is not null);
        Assert.Equal(0, _world.Memory.Used);
    }

    [Fact]
    public void Markers_of_a_track_without_packets_are_not_worth_a_segment()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.SetPaused(true, "recording", _world.NowUs);
        ingest.EndNow();
        _world.Run(ingest, TimeSpan.FromSeconds(1));

        Assert.True(ingest.IsDrained);
        Assert.Empty(_world.Track().Openings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10_000)]
    public void Thousands_of_markers_without_a_packet_cost_neither_one_of_them_nor_the_packets_behind(int ticks)
    {
        const int Toggles = 10_000;
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        for (int i = 0; i < Toggles; i++)
        {
            ingest.SetPaused(i % 2 == 0, "producer", _world.NowUs);
            if (i < ticks)
            {
                ingest.Tick();
            }
        }

        // The first batch of a takeover: there is a hole before it that nobody can fill.
        Assert.Equal(PacketVerdict.Kept, AddBatch(ingest, 501, TestWorld.Rtp(1), TestWorld.Rtp(2)));
        for (int i = 0; i < Toggles; i++)
        {
            ingest.SetPaused(i % 2 == 0, "producer", _world.NowUs);
        }

        Assert.Equal(PacketVerdict.Kept, AddBatch(ingest, 503, TestWorld.Rtp(3, payload: 60_000)));
        for (int round = 0; round < 5; round++)
        {
            _world.Run(ingest, TimeSpan.FromSeconds(1));
            grain.Store();
            _world.Run(ingest, TimeSpan.FromSeconds(1.2));
        }

        Assert.True(ingest.IsStored);
        Assert.All(grain.Batches, static b => Assert.InRange(b.Blocks.Length, 0, BatchBuilder.MaxLength));
        Assert.Equal(2 * Toggles, grain.StoredMarkers.Count);
        Assert.Equal(new ulong[] { 501, 502, 503 }, grain.Stored.Keys.Select(static k => k.Index).Order());
    }

    [Fact]
    public void Markers_that_the_grain_has_no_window_for_are_sent_again()
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        ingest.SetPaused(true, "recording", _world.NowUs);
        ingest.EndNow();
        grain.Window = 0;
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(grain.Batches, static b => b.Blocks.Length > 0);

        grain.Window = 8 << 20;
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        grain.Store();
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        Assert.True(ingest.IsDrained);
        Assert.Single(grain.StoredMarkers, static m => m.Pause is not null);
    }

    [Fact]
    public void Markers_that_the_grain_calls_malformed_hold_nothing_up()
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        grain.Store();
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        ingest.SetPaused(true, "recording", _world.NowUs);
        grain.Answer = AppendStatus.Malformed;
        ingest.EndNow();
        _world.Run(ingest, TimeSpan.FromMilliseconds(100));
        grain.Answer = null;
        _world.Run(ingest, TimeSpan.FromSeconds(3));
        Assert.True(ingest.IsDrained);
        Assert.Equal(0, _world.Memory.Used);
    }

    private PacketVerdict AddBatch(TrackIngest ingest, ulong first, params byte[][] packets) => ingest.AddBatch(
        new RtpBatchFrame { FirstIndex = first, Count = (uint)packets.Length, BaseTimeUs = _world.NowUs, Packets = TestWorld.Payload(_world.NowUs, packets) },
        _world.NowUs,
        _world.NowUs);
}
