using System.Text.Json;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.Recordings.State;
using Recording.Grains.State.Options;

namespace Recording.Grains.Tests.Recordings;

/// <summary>The stored state of one recording; each activation has its own view of it, guarded by a version.</summary>
internal sealed class StoredState
{
    private static readonly JsonSerializerOptions Json = new ObjectStoreGrainStorageOptions().Json;

    public byte[]? Content { get; private set; }

    public int Version { get; private set; }

    /// <summary>Every terminal event id that was ever stored.</summary>
    public HashSet<string> TerminalEvents { get; } = new(StringComparer.Ordinal);

    /// <summary>Every status that a stored state had after the terminal commit.</summary>
    public HashSet<Recording.Model.RecordingStatus> TerminalStatuses { get; } = [];

    public RecordingState Read() => Content is null ? new RecordingState() : JsonSerializer.Deserialize<RecordingState>(Content, Json)!;

    /// <summary>What is written is stored, but its writer sees a failure.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Another program wrote it.</summary>
    public void Replace(byte[] content) => (Content, Version) = (content, Version + 1);

    public IPersistentState<RecordingState> Open(ProcessLife life) => new View(this, life);

    private sealed class View : IPersistentState<RecordingState>
    {
        private readonly StoredState _stored;
        private readonly ProcessLife _life;
        private int _version;

        public View(StoredState stored, ProcessLife life)
        {
            _stored = stored;
            _life = life;
            _version = stored.Version;
            State = stored.Read();
        }

        public RecordingState State { get; set; }

        public string Etag => _version.ToString(System.Globalization.CultureInfo.InvariantCulture);

        public bool RecordExists => _version > 0;

        public Task ReadStateAsync()
        {
            _version = _stored.Version;
            State = _stored.Read();
            return Task.CompletedTask;
        }

        public Task WriteStateAsync()
        {
            var content = JsonSerializer.SerializeToUtf8Bytes(State, Json);
            return _life.DoAsync(async () =>
            {
                // As a real store does: the answer comes later, so that others get a turn.
                await Task.Yield();
                if (_version != _stored.Version)
                {
                    throw new InconsistentStateException("changed elsewhere");
                }

                _stored.Content = content;
                _version = ++_stored.Version;
                if (_stored.Read() is { TerminalEventId: { } id } state)
                {
                    _stored.TerminalEvents.Add(id);
                    _stored.TerminalStatuses.Add(state.Status);
                }

                if (_stored.LosesAnswers)
                {
                    _version--;
                    throw new Recording.Model.RecordingException(Recording.Model.RecordingErrorCode.StoreUnavailable, "no answer");
                }
            });
        }

        public Task ClearStateAsync() => throw new NotSupportedException();
    }
}
