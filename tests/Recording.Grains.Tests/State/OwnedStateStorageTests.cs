using Orleans.Storage;
using Recording.Grains.Recordings.State;
using Recording.Grains.State.Storage;
using Recording.Grains.Tests.Recordings;
using Recording.Model;

namespace Recording.Grains.Tests.State;

public sealed class OwnedStateStorageTests
{
    private readonly StoredState _stored = new();

    [Fact]
    public async Task Write_of_which_only_the_answer_was_lost_is_written_over()
    {
        var storage = Open();
        await storage.WriteAsync();
        _stored.LosesAnswers = true;
        storage.State.StartedAtUs = 1;
        await Assert.ThrowsAsync<RecordingException>(storage.WriteAsync);
        _stored.LosesAnswers = false;
        var state = storage.State;
        state.StartedAtUs = 2;

        await storage.WriteAsync();

        Assert.Same(state, storage.State);
        Assert.False(storage.IsSuperseded);
        Assert.Equal((2, 3), (_stored.Read().StartedAtUs, _stored.Version));
    }

    [Fact]
    public async Task Activation_that_another_one_has_followed_writes_nothing_any_more()
    {
        var first = Open();
        await first.WriteAsync();
        var second = Open();
        second.State.StartedAtUs = 2;
        await second.WriteAsync();

        first.State.StartedAtUs = 1;
        await Assert.ThrowsAsync<InconsistentStateException>(first.WriteAsync);
        Assert.True(first.IsSuperseded);
        Assert.Equal(1, first.State.StartedAtUs);

        // Not at its second attempt either, when it knows the newest version.
        await Assert.ThrowsAsync<InconsistentStateException>(first.WriteAsync);
        Assert.Equal((2, 2), (_stored.Read().StartedAtUs, _stored.Version));
        Assert.Equal(2, (await first.ReadOtherAsync()).StartedAtUs);
    }

    [Fact]
    public async Task First_write_of_which_only_the_answer_was_lost_is_written_over_by_what_replaced_it()
    {
        var storage = Open();
        _stored.LosesAnswers = true;
        await Assert.ThrowsAsync<RecordingException>(storage.WriteAsync);
        _stored.LosesAnswers = false;

        storage.Replace(new RecordingState { StartedAtUs = 5 });
        await storage.WriteAsync();

        Assert.Equal(5, _stored.Read().StartedAtUs);
    }

    private OwnedStateStorage<RecordingState> Open() => new(_stored.Open(new ProcessLife()));
}
