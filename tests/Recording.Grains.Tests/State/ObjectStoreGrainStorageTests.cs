using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.State.Options;
using Recording.Grains.State.Storage;
using Recording.Grains.Tests.Doubles;
using Recording.Model;

namespace Recording.Grains.Tests.State;

public sealed class ObjectStoreGrainStorageTests
{
    private static readonly GrainId Id = GrainId.Create("room", "a/b ü");
    private readonly MemoryObjectStore _store = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ObjectStoreGrainStorage _storage;

    public ObjectStoreGrainStorageTests() =>
        _storage = new ObjectStoreGrainStorage(_store, new ObjectStoreGrainStorageOptions(), _time, NullLogger<ObjectStoreGrainStorage>.Instance);

    [Fact]
    public async Task Written_state_is_read_back_by_another_activation()
    {
        var first = new GrainState<CounterState>(new CounterState { Value = 7, Day = DayOfWeek.Friday, Epoch = ulong.MaxValue });
        await _storage.WriteStateAsync("state", Id, first);

        var second = new GrainState<CounterState>();
        await _storage.ReadStateAsync("state", Id, second);

        Assert.True(second.RecordExists);
        Assert.Equal((7, DayOfWeek.Friday, ulong.MaxValue), (second.State!.Value, second.State!.Day, second.State!.Epoch));
        Assert.Equal(first.ETag, second.ETag);
    }

    [Fact]
    public async Task Key_is_type_and_percent_encoded_grain_key()
    {
        await _storage.WriteStateAsync("state", Id, new GrainState<CounterState>(new CounterState()));
        Assert.Equal("state/room/a%2Fb%20%C3%BC", Assert.Single(_store.Keys));
    }

    [Theory]
    [InlineData(".", "state/t/%2E")]
    [InlineData("..", "state/t/%2E%2E")]
    [InlineData("../../x", "state/t/..%2F..%2Fx")]
    [InlineData("a~%", "state/t/a%7E%25")]
    public async Task Keys_cannot_leave_their_folder(string grainKey, string expected)
    {
        await _storage.WriteStateAsync("state", GrainId.Create("t", grainKey), new GrainState<CounterState>(new CounterState()));
        Assert.Equal(expected, Assert.Single(_store.Keys));
    }

    [Fact]
    public async Task A_key_that_the_store_cannot_take_is_refused()
    {
        var error = await Assert.ThrowsAsync<RecordingException>(() => _storage.ReadStateAsync("state", GrainId.Create("t", new string('ü', 300)), new GrainState<CounterState>()));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public async Task A_write_over_a_newer_version_is_a_conflict_and_changes_nothing()
    {
        var first = new GrainState<CounterState>(new CounterState { Value = 1 });
        await _storage.WriteStateAsync("state", Id, first);
        var second = new GrainState<CounterState>();
        await _storage.ReadStateAsync("state", Id, second);
        second.State!.Value = 2;
        await _storage.WriteStateAsync("state", Id, second);

        first.State!.Value = 3;
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Id, first));

        await _storage.ReadStateAsync("state", Id, first);
        Assert.Equal(2, first.State!.Value);
    }

    [Fact]
    public async Task Two_first_writes_conflict()
    {
        await _storage.WriteStateAsync("state", Id, new GrainState<CounterState>(new CounterState()));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", Id, new GrainState<CounterState>(new CounterState())));
    }

    [Fact]
    public async Task Cleared_state_reads_as_absent_and_can_be_written_again()
    {
        var state = new GrainState<CounterState>(new CounterState { Value = 1 });
        await _storage.WriteStateAsync("state", Id, state);
        await _storage.ClearStateAsync("state", Id, state);
        Assert.False(state.RecordExists);
        Assert.Equal(0, state.State!.Value);

        var other = new GrainState<CounterState>();
        await _storage.ReadStateAsync("state", Id, other);
        Assert.False(other.RecordExists);
        other.State!.Value = 5;
        await _storage.WriteStateAsync("state", Id, other);
        await _storage.ReadStateAsync("state", Id, state);
        Assert.Equal(5, state.State!.Value);
    }

    [Fact]
    public async Task Clearing_a_newer_version_is_a_conflict()
    {
        var first = new GrainState<CounterState>(new CounterState());
        await _storage.WriteStateAsync("state", Id, first);
        var second = new GrainState<CounterState>();
        await _storage.ReadStateAsync("state", Id, second);
        second.State!.Value = 9;
        await _storage.WriteStateAsync("state", Id, second);

        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("state", Id, first));
    }

    [Fact]
    public async Task A_store_that_fails_in_its_own_way_is_4001()
    {
        _store.Before = static (_, _, _) => throw new IOException("disk");
        var read = await Assert.ThrowsAsync<RecordingException>(() => _storage.ReadStateAsync("state", Id, new GrainState<CounterState>()));
        var write = await Assert.ThrowsAsync<RecordingException>(() => _storage.WriteStateAsync("state", Id, new GrainState<CounterState>(new CounterState())));
        Assert.Equal((RecordingErrorCode.StoreUnavailable, RecordingErrorCode.StoreUnavailable), (read.Code, write.Code));
    }

    [Fact]
    public async Task A_store_that_hangs_and_ignores_its_token_is_4001_after_the_timeout()
    {
        var never = new TaskCompletionSource();
        _store.Before = (_, _, _) => never.Task;
        Task read = _storage.ReadStateAsync("state", Id, new GrainState<CounterState>());
        _time.Advance(TimeSpan.FromSeconds(11));
        var error = await Assert.ThrowsAsync<RecordingException>(() => read);
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);
    }

    [Fact]
    public async Task Damaged_state_is_4005_and_is_not_overwritten_silently()
    {
        await _store.PutAsync("state/room/x", "{\"Value\": tru"u8.ToArray());
        var error = await Assert.ThrowsAsync<RecordingException>(() => _storage.ReadStateAsync("state", GrainId.Create("room", "x"), new GrainState<CounterState>()));
        Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, error.Code);
    }
}
