using System.Security.Cryptography;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Writes the three documents of a recording.</summary>
internal sealed class RecordingDocuments(IObjectStore store, TimelineStore timeline, string serviceVersion)
{
    private static readonly Dictionary<string, TrackFigures> NoFigures = [];
    private Task _writing = Task.CompletedTask;

    /// <summary>Writes timeline.json and policy.json and notes their hashes in the state; the caller commits it.</summary>
    public async Task WriteEventsAsync(RecordingState state, CancellationToken cancellationToken)
    {
        var builder = new DocumentBuilder(state, timeline.Events, serviceVersion);
        var timelineJson = RecordingDocument.Write(builder.Timeline());
        var policyJson = RecordingDocument.Write(builder.Policy());
        await store.PutAsync(RecordingKeys.Timeline(state.Opening!.Prefix), timelineJson, cancellationToken: cancellationToken);
        await store.PutAsync(RecordingKeys.Policy(state.Opening.Prefix), policyJson, cancellationToken: cancellationToken);
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

    private Task<string?> PutMetadataAsync(RecordingState state, IReadOnlyDictionary<string, TrackFigures>? figures, CancellationToken cancellationToken)
    {
        var json = RecordingDocument.Write(new DocumentBuilder(state, timeline.Events, serviceVersion).Metadata(figures ?? NoFigures));
        return store.PutAsync(RecordingKeys.Metadata(state.Opening!.Prefix), json, cancellationToken: cancellationToken);
    }

    private static FileHash Hash(string file, byte[] content) =>
        new() { File = file, Bytes = content.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(content)) };
}
