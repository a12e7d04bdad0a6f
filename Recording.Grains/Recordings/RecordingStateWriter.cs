using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.Recordings.State;
using Recording.Grains.State.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// Writes the state one Put at a time, by if-match, and knows whether what is in memory is stored. Changes made while a Put is under way
/// go with the next one. After a conflict nothing is written any more: another activation owns the recording now.
/// </summary>
internal sealed class RecordingStateWriter(IPersistentState<RecordingState> persistent)
{
    private readonly OwnedStateStorage<RecordingState> _storage = new(persistent);
    private long _changed;
    private long _written;
    private Task? _writing;

    /// <summary>The state in memory; may be ahead of what is stored.</summary>
    public RecordingState State => _storage.State;

    /// <summary>Another activation wrote: this one has to go.</summary>
    public bool IsSuperseded => _storage.IsSuperseded;

    /// <summary>Notes that the state in memory changed.</summary>
    public void Changed() => _changed++;

    /// <summary>Returns when every change noted so far is stored.</summary>
    /// <exception cref="InconsistentStateException">Another activation wrote.</exception>
    public async Task CommitAsync()
    {
        var wanted = _changed;
        while (_written < wanted)
        {
            if (_writing is { IsCompleted: false } running)
            {
                // Its failure is its caller's to handle; this caller tries again by itself.
                await running.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            _writing = WriteAsync();
            await _writing;
        }
    }

    /// <summary>Forgets a state that could not be written for the first time.</summary>
    public void Reset()
    {
        _storage.Replace(new RecordingState());
        _written = _changed;
    }

    /// <summary>After a conflict: what the other activation stored.</summary>
    public Task<RecordingState> ReadOtherAsync() => _storage.ReadOtherAsync();

    private async Task WriteAsync()
    {
        var version = _changed;
        await _storage.WriteAsync();
        _written = version;
    }
}
