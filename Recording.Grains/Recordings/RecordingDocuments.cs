using System.Security.Cryptography;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// Writes the three documents of a recording, each over the version that this activation knows: what an activation that was overtaken still has
/// under way is refused by the store, however late it comes.
/// </summary>
internal sealed class RecordingDocuments(IObjectStore store, RecordingStateWriter writer, TimelineStore timeline, string serviceVersion)
{
    private const int MaxConflicts = 5;
    private static readonly Dictionary<string, TrackFigures> NoFigures = [];
    private readonly Dictionary<string, string?> _versions = new(StringComparer.Ordinal);
    private Task _writing = Task.CompletedTask;

    /// <summary>Writes timeline.json and policy.json and notes their hashes in the state; the caller commits it.</summary>
    public async Task WriteEventsAsync(RecordingState state, CancellationToken cancellationToken)
    {
        var builder = new DocumentBuilder(state, timeline.Events, serviceVersion);
        var timelineJson = RecordingDocument.Write(builder.Timeline());
        var policyJson = RecordingDocument.Write(builder.Policy());
        await PutAsync(RecordingKeys.Timeline(state.Opening!.Prefix), timelineJson, cancellationToken);
        await PutAsync(RecordingKeys.Policy(state.Opening.Prefix), policyJson, cancellationToken);
        state.Documents = [Hash(RecordingDocument.PolicyFile, policyJson), Hash(RecordingDocument.TimelineFile, timelineJson)];
    }

    /// <summary>Writes metadata.json. One at a time, so that a newer one is never overtaken by an older.</summary>
    public async Task WriteMetadataAsync(RecordingState state, IReadOnlyDictionary<string, TrackFigures>? figures, CancellationToken cancellationToken)
    {
        while (!_writing.IsCompleted)
        {
            await _writing.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        _writing = PutMetadataAsync(state, figures, cancellationToken);
        await _writing;
    }

    private Task PutMetadataAsync(RecordingState state, IReadOnlyDictionary<string, TrackFigures>? figures, CancellationToken cancellationToken)
    {
        var json = RecordingDocument.Write(new DocumentBuilder(state, timeline.Events, serviceVersion).Metadata(figures ?? NoFigures));
        return PutAsync(RecordingKeys.Metadata(state.Opening!.Prefix), json, cancellationToken);
    }

    private async Task PutAsync(string key, byte[] content, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxConflicts; attempt++)
        {
            if (!_versions.TryGetValue(key, out var version))
            {
                version = (await store.HeadAsync(key, cancellationToken))?.ETag;

                // After the look, so that whoever takes over from now on finds this version and replaces it before the write below can.
                writer.Changed();
                await writer.CommitAsync();
                _versions[key] = version;
            }

            // Forgotten until the answer is there: a write whose answer got lost may have happened.
            _versions.Remove(key);
            if (await store.PutAsync(key, content, version is null ? PutCondition.Absent : PutCondition.Match(version), cancellationToken) is { } written)
            {
                _versions[key] = written;
                return;
            }
        }

        throw new Model.RecordingException(Model.RecordingErrorCode.StoreUnavailable, $"{key} changed {MaxConflicts} times while it was written.");
    }

    private static FileHash Hash(string file, byte[] content) =>
        new() { File = file, Bytes = content.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)) };
}
