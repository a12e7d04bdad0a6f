using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Tests.Sfu.Spool;

/// <summary>What is on disk, whatever happens to the disk and to the process.</summary>
public sealed class PacketSpoolTests : IDisposable
{
    private readonly SpoolFixture _fixture = new();

    [Fact]
    public async Task Batches_are_read_back_as_they_were_and_their_files_go_with_the_last_of_them()
    {
        PacketSpool spool = _fixture.Open();
        SpoolTrack track = SpoolFixture.Register(spool);
        RetainedBatch first = SpoolFixture.Batch(1, 10);
        RetainedBatch second = SpoolFixture.Batch(11, 5);
        SpoolRecord[]? records = await SpoolFixture.WriteAsync(spool, track, first, second);
        Assert.NotNull(records);
        Assert.Equal(first.Blocks, await spool.ReadAsync(records[0]));
        Assert.Equal(second.Blocks, await spool.ReadAsync(records[1]));
        Assert.Equal(1, spool.Tracks);

        spool.Release(records[0]);
        spool.Release(records[1]);
        spool.Close(track);
        spool.Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_fixture.Root));
    }

    [Fact]
    public void A_disk_that_is_gone_has_no_room()
    {
        SpoolOptions options = _fixture.Options();
        options.Directory = Path.Combine(_fixture.Root, "unmounted");
        Assert.False(new SpoolBounds(options).HasRoom(used: 0));
    }

    [Fact]
    public async Task Files_that_end_within_one_write_stay_until_their_last_record_is_released()
    {
        // A file takes 64 KiB here: what is written at once ends several.
        SpoolOptions options = _fixture.Options();
        options.MaxBytes = 512 << 10;
        PacketSpool spool = _fixture.Open(options);
        SpoolTrack track = SpoolFixture.Register(spool);
        RetainedBatch[] batches = [.. Enumerable.Range(0, 8).Select(static i => SpoolFixture.Batch((ulong)(1 + (i * 30)), 30, payload: 1000))];
        SpoolRecord[]? records = await SpoolFixture.WriteAsync(spool, track, batches);
        Assert.NotNull(records);
        Assert.True(records.Select(static r => r.Place.File).Distinct().Count() > 2);

        // The spool's thread looks for files to delete after each write.
        SpoolRecord[]? later = await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(241, 1));
        SpoolRecord[]? last = await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(242, 1));
        for (int i = 0; i < batches.Length; i++)
        {
            Assert.Equal(batches[i].Blocks, await spool.ReadAsync(records[i]));
        }

        foreach (SpoolRecord record in records.Concat(later!).Concat(last!))
        {
            spool.Release(record);
        }

        spool.Close(track);
        spool.Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_fixture.Root));
    }

    [Fact]
    public async Task A_file_that_somebody_removed_is_damage_and_not_tried_for_ever()
    {
        PacketSpool spool = _fixture.Open();
        SpoolRecord[]? records = await SpoolFixture.WriteAsync(spool, SpoolFixture.Register(spool), SpoolFixture.Batch(1, 10));
        File.Delete(records![0].Place.File.Path);
        await Assert.ThrowsAsync<SpoolDamagedException>(() => spool.ReadAsync(records[0]));
    }

    [Fact]
    public async Task Tracks_that_write_at_once_share_one_flush()
    {
        PacketSpool spool = _fixture.Open();
        SpoolTrack[] tracks = [.. Enumerable.Range(0, 200).Select(i => SpoolFixture.Register(spool, $"track-{i}"))];
        using var gate = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        spool.Write(new SpoolWrite(tracks[0], [new SpoolRun([SpoolFixture.Batch(1, 1)])], _ =>
        {
            entered.Set();
            gate.Wait();
        }));
        Assert.True(entered.Wait(TimeSpan.FromSeconds(30)));
        long before = _fixture.Metrics.Flushes;
        Task<SpoolRecord[]?>[] writes = [.. tracks.Select(t => SpoolFixture.WriteAsync(spool, t, SpoolFixture.Batch(2, 3)))];
        gate.Set();
        SpoolRecord[]?[] written = await Task.WhenAll(writes);
        Assert.All(written, Assert.NotNull);
        Assert.Equal(before + 1, _fixture.Metrics.Flushes);
    }

    [Fact]
    public async Task A_file_cut_at_any_byte_gives_every_record_before_the_cut()
    {
        PacketSpool spool = _fixture.Open();
        SpoolTrack track = SpoolFixture.Register(spool);
        List<SpoolRecord> records = [];
        for (ulong first = 1; first <= 5; first++)
        {
            records.AddRange((await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(first, 1)))!);
        }

        SpoolFile file = records[0].Place.File;
        byte[] whole = await File.ReadAllBytesAsync(file.Path);
        string copy = _fixture.CopyOf(spool);
        string[] folders = Directory.GetDirectories(copy);
        string name = Path.GetFileName(file.Path);
        try
        {
            for (int cut = 0; cut <= whole.Length; cut++)
            {
                await File.WriteAllBytesAsync(Path.Combine(folders[0], name), whole[..cut]);
                using SpoolFolder folder = SpoolFolder.TryAdopt(folders[0])!;
                var scan = new SpoolScan(folder, (path, offset, reason) => Assert.Fail($"cut at {cut}: {reason} at {offset} of {path}"));
                AdoptedTrack found = Assert.Single(scan.Run());
                int expected = records.Count(r => r.Place.Offset + Length(r) <= cut);
                Assert.Equal(expected, found.Records.Count);
                Assert.Equal(Enumerable.Range(1, expected).Select(static i => (ulong)i), found.Records.Select(static r => r.FirstIndex));
                Assert.Equal("anna-audio", found.Track.Identity.TrackId);
                scan.Files.ForEach(static f => f.Dispose());
            }
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task A_flipped_byte_costs_its_record_and_the_file_is_kept_aside()
    {
        PacketSpool spool = _fixture.Open();
        SpoolTrack track = SpoolFixture.Register(spool);
        List<SpoolRecord> records = [];
        for (ulong first = 1; first <= 5; first++)
        {
            records.AddRange((await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(first, 1)))!);
        }

        // In a frame, and in the content of another record.
        Flip(records[1], 20);
        Flip(records[3], 80);
        spool.Dispose();
        PacketSpool next = _fixture.Open(out IReadOnlyList<AdoptedTrack> adopted);
        AdoptedTrack found = Assert.Single(adopted);
        Assert.False(found.IsWhole);
        Assert.Equal([1, 3, 4, 5], found.Records.Select(static r => r.FirstIndex));
        await Assert.ThrowsAsync<SpoolDamagedException>(() => next.ReadAsync(found.Records[2]));
        Assert.NotEmpty(await next.ReadAsync(found.Records[3]));
        foreach (SpoolRecord record in found.Records)
        {
            next.Release(record);
        }

        next.Close(found.Track);
        await Eventually.True(() => next.KeptAside == 1, "the file is kept aside");
        Assert.Equal(0, next.Tracks);
    }

    [Fact]
    public async Task A_folder_that_is_held_is_not_adopted_and_two_processes_of_one_name_have_two_folders()
    {
        PacketSpool first = _fixture.Open();
        await SpoolFixture.WriteAsync(first, SpoolFixture.Register(first), SpoolFixture.Batch(1, 1));
        PacketSpool second = _fixture.Open(out IReadOnlyList<AdoptedTrack> adopted);
        Assert.Empty(adopted);
        Assert.False(first.Holder == second.Holder);
        Assert.Equal(2, Directory.GetDirectories(_fixture.Root).Length);

        first.Dispose();
        Assert.Single(second.Adopt());
        Assert.Empty(second.Adopt());
    }

    [Fact]
    public async Task Racing_processes_adopt_a_folder_once()
    {
        PacketSpool dead = _fixture.Open();
        await SpoolFixture.WriteAsync(dead, SpoolFixture.Register(dead), SpoolFixture.Batch(1, 1));
        dead.Dispose();
        List<AdoptedTrack>[] found = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            var folders = new SpoolFolders(_fixture.Options($"gateway-{i}"), _fixture.Metrics, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
            return folders.Adopt(static _ => { });
        })));
        Assert.Single(found.SelectMany(static f => f));
    }

    [Fact]
    public async Task A_folder_of_another_store_is_left_alone()
    {
        PacketSpool dead = _fixture.Open();
        await SpoolFixture.WriteAsync(dead, SpoolFixture.Register(dead), SpoolFixture.Batch(1, 1));
        dead.Dispose();
        SpoolOptions other = _fixture.Options();
        other.Store = "store-2";
        _fixture.Open(out IReadOnlyList<AdoptedTrack> adopted, other).Dispose();
        Assert.Empty(adopted);

        _fixture.Open(out adopted);
        Assert.Single(adopted);
    }

    [Fact]
    public async Task A_full_spool_takes_nothing_until_something_was_stored()
    {
        SpoolOptions options = _fixture.Options();
        options.MaxBytes = 40_000;
        options.FileBytes = 10_000;
        PacketSpool spool = _fixture.Open(options);
        SpoolTrack track = SpoolFixture.Register(spool);
        List<SpoolRecord> records = await SpoolFixture.FillAsync(spool, track);

        Assert.Equal(SpoolState.Full, spool.State);
        Assert.Contains("RECORDING_SPOOL_BYTES", spool.Reason, StringComparison.Ordinal);
        Assert.True(spool.Bytes <= options.MaxBytes);

        records.ForEach(spool.Release);
        await Eventually.True(() => spool.State == SpoolState.Taking, "the spool takes packets again");
        Assert.NotNull(await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(101, 4)));
    }

    [Fact]
    public async Task A_reserve_that_the_disk_does_not_have_is_said()
    {
        SpoolOptions options = _fixture.Options();
        options.ReserveBytes = 1L << 60;
        PacketSpool spool = _fixture.Open(options);
        Assert.Null(await SpoolFixture.WriteAsync(spool, SpoolFixture.Register(spool), SpoolFixture.Batch(1, 1)));
        Assert.Contains("RECORDING_SPOOL_RESERVE", spool.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_tried_again_and_a_default_is_done_without()
    {
        // A file where the folder should be: what root, too, cannot write to.
        await File.WriteAllTextAsync(_fixture.Root, "");
        SpoolOptions byDefault = _fixture.Options();
        byDefault.IsDefault = true;
        Assert.False(_fixture.Open(byDefault).IsUsed);

        PacketSpool spool = _fixture.Open();
        Assert.True(spool.IsUsed);
        Assert.Equal(SpoolState.Failing, spool.State);
        Assert.False(spool.CanTake);
        Assert.Null(spool.TryRegister(TestWorld.Identity, 5, IngestKind.Acknowledged, []));
        File.Delete(_fixture.Root);
        await Eventually.True(() => spool.State == SpoolState.Taking, "the folder is there");
        Assert.NotNull(await SpoolFixture.WriteAsync(spool, SpoolFixture.Register(spool), SpoolFixture.Batch(1, 1)));
    }

    [Fact]
    public async Task A_disk_that_fails_loses_nothing_that_was_durable_and_is_used_again_when_it_works()
    {
        SpoolOptions options = _fixture.Options();
        options.FileBytes = 1000;
        PacketSpool spool = _fixture.Open(options);
        SpoolTrack track = SpoolFixture.Register(spool);
        SpoolRecord[]? before = await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(1, 1));
        Assert.NotNull(before);

        // The next file cannot be made: its folder is gone.
        string folder = before[0].Place.File.Folder.Path;
        Directory.Move(folder, folder + ".away");
        Assert.Null(await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(2, 50, payload: 1000)));
        Assert.Equal(SpoolState.Failing, spool.State);
        Directory.Move(folder + ".away", folder);

        SpoolRecord[]? after = await SpoolFixture.WriteAsync(spool, track, SpoolFixture.Batch(2, 50, payload: 1000));
        Assert.NotNull(after);
        Assert.Equal(SpoolState.Taking, spool.State);
        Assert.NotEmpty(await spool.ReadAsync(before[0]));
        Assert.NotEmpty(await spool.ReadAsync(after[0]));
    }

    public void Dispose() => _fixture.Dispose();

    private static int Length(SpoolRecord record) => 52 + 8 + record.Length + 4;

    private static void Flip(SpoolRecord record, int at)
    {
        using FileStream file = new(record.Place.File.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = record.Place.Offset + at;
        int value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 0x40));
    }
}
