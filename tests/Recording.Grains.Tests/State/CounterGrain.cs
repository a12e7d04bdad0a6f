using Orleans.Runtime;

namespace Recording.Grains.Tests.State;

/// <summary>A grain with state, to see grain storage from the outside.</summary>
public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Add(int value);

    Task<int> Get();

    Task Clear();

    Task Leave();
}

/// <summary>What the counter keeps.</summary>
public sealed class CounterState
{
    public int Value { get; set; }

    public DayOfWeek Day { get; set; }

    public ulong Epoch { get; set; }
}

public sealed class CounterGrain([PersistentState("counter", "objects")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    public async Task<int> Add(int value)
    {
        state.State.Value += value;
        state.State.Epoch = ulong.MaxValue;
        await state.WriteStateAsync();
        return state.State.Value;
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);

    public Task Clear() => state.ClearStateAsync();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
