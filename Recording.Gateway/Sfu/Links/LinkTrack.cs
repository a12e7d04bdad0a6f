using System.Text;
using Recording.Gateway.Sfu.Ingest;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Links;

/// <summary>A subscribed track on one connection: where its packets go.</summary>
internal sealed class LinkTrack(TrackIdentity identity, TrackIngest ingest)
{
    public TrackIdentity Identity => identity;

    /// <summary>Producer id as it stands in messages.</summary>
    public byte[] ProducerKey { get; } = Encoding.UTF8.GetBytes(identity.ProducerId);

    /// <summary>Where packets go; replaced when the SFU turns out not to number them.</summary>
    public TrackIngest Ingest { get; set; } = ingest;

    /// <summary>Where sender reports go; null until the first.</summary>
    public TrackIngest? Reports { get; set; }

    /// <summary>The SFU's number of the track; 0 = none.</summary>
    public uint Handle { get; set; }

    /// <summary>The SFU was told how far it is durable, and it was drained by then: no acknowledgement is owed any more.</summary>
    public bool IsSettled { get; set; }

    /// <summary>The room does not want it any more.</summary>
    public bool IsEnded { get; private set; }

    public void SetFormat(TrackFormat format, string consumerType) => Ingest.SetFormat(format, consumerType);

    public void AddMarker(Marker marker) => Ingest.AddMarker(marker);

    /// <summary>Ends it; packets that are still on their way are kept.</summary>
    public void End()
    {
        if (IsEnded)
        {
            return;
        }

        IsEnded = true;
        Reports?.EndNow();
        if (Ingest.Kind == IngestKind.Acknowledged && Handle == 0)
        {
            // Never answered: nothing was numbered, nothing will be announced.
            Ingest.EndNow();
        }
        else
        {
            Ingest.End();
        }
    }

    /// <summary>It is wanted again before it was over.</summary>
    public void Resume()
    {
        IsEnded = false;
        Ingest.Resume();
        Reports?.Resume();
    }
}
