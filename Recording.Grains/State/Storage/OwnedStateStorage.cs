using System.Diagnostics.CodeAnalysis;
using Orleans.Storage;

namespace Recording.Grains.State.Storage;

/// <summary>
/// One activation's hold on its stored state. A write that seemed to fail may have been stored all the same, for instance when only the answer was lost:
/// what this activation wrote is its own to replace. Once another one has written, nothing is written any more.
/// </summary>
/// <param name="storage">Where it is stored; loaded before the first use.</param>
internal sealed class OwnedStateStorage<T>(IPersistentState<T> storage)
    where T : class, IOwnedState
{
    private readonly string _activation = Guid.NewGuid().ToString("N");

    /// <summary>The state in memory; stays the same object while another one is read.</summary>
    [field: MaybeNull]
    public T State { get => field ??= storage.State; private set; }

    /// <summary>Something was stored before.</summary>
    public bool Exists => storage.RecordExists;

    /// <summary>Another activation wrote: this one has to go.</summary>
    public bool IsSuperseded { get; private set; }

    /// <summary>Puts another state in memory; nothing is stored.</summary>
    public void Replace(T state) => storage.State = State = state;

    /// <summary>Stores the state as it is now. One call at a time.</summary>
    /// <exception cref="InconsistentStateException">Another activation wrote.</exception>
    public async Task WriteAsync()
    {
        if (IsSuperseded)
        {
            throw Superseded("");
        }

        State.Writer = _activation;
        try
        {
            await storage.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            if ((await ReadOtherAsync()).Writer is var writer && writer != _activation)
            {
                IsSuperseded = true;
                throw Superseded(writer);
            }

            storage.State = State;
            await storage.WriteStateAsync();
        }
    }

    /// <summary>What is stored now.</summary>
    public async Task<T> ReadOtherAsync()
    {
        await storage.ReadStateAsync();
        return storage.State;
    }

    private InconsistentStateException Superseded(string writer) => new("Another activation stored this state.", writer, _activation);
}
