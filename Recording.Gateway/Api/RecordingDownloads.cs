using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.Storage;

namespace Recording.Gateway.Api;

/// <summary>Hands out the files of a recording to those whom the room's policy lets download.</summary>
public sealed class RecordingDownloads(IGrainFactory grains, IObjectStore store, RecordingApplication application, ILogger<RecordingDownloads> logger)
{
    private static readonly string[] s_documents = ["metadata.json", "timeline.json", "policy.json"];

    /// <summary>Opens a file of an ended recording.</summary>
    /// <param name="caller">Who calls; a participant needs the right of <c>who_can_download</c>.</param>
    /// <param name="recordingId">The recording.</param>
    /// <param name="file">As GetRecording names it, relative to the prefix; or one of the three documents.</param>
    /// <param name="requesterId">In whose name; empty = the caller's own.</param>
    /// <param name="range">Bytes wanted.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="RecordingException">2003 no such recording, 2004 while it is live, 4004 no such file, 5002 another room's token, 5004 not allowed.</exception>
    public async Task<StoredObject> OpenAsync(
        CallerIdentity caller, string recordingId, string file, string requesterId, ByteRange range, CancellationToken cancellationToken)
    {
        RecordingView view = await application.GetAsync(caller, recordingId);
        string peer = caller.Kind == CallerKind.Participant ? caller.For(requesterId, view.RoomId).Id : requesterId;
        if (peer.Length > 0)
        {
            try
            {
                await grains.GetGrain<IRecordingGrain>(recordingId).RequireDownload(peer);
            }
            catch (RecordingException refused) when (refused.Code == RecordingErrorCode.NotAuthorizedToDownload)
            {
                ApiLog.DownloadRefused(logger, recordingId, file, peer);
                throw;
            }
        }

        if (view.Status is not (RecordingStatus.Completed or RecordingStatus.Interrupted or RecordingStatus.Failed))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"The recording is {view.Status.ToString().ToLowerInvariant()}; its files are there once it has ended.");
        }

        // Only what the recording itself names is served, so no path can lead elsewhere.
        bool named = s_documents.Contains(file, StringComparer.Ordinal)
            || view.Tracks.Any(track => track.File == file && file.Length > 0)
            || view.Outputs.SelectMany(static output => output.Files()).Any(made => made.File == file);
        StoredObject? opened = named ? await store.GetAsync(view.Prefix + file, range, cancellationToken) : null;
        if (opened is null)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"The recording has no file '{file}'.");
        }

        ApiLog.Downloading(logger, recordingId, file, peer.Length > 0 ? peer : caller.Subject);
        return opened;
    }
}
