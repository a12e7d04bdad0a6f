namespace Recording.Gateway.Sfu.Ingest;

/// <content>A track of a recording that is complete, of which the SFU has not heard.</content>
internal sealed partial class TrackIngest
{
    private bool _acknowledgesOnly;

    /// <summary>Whatever the SFU still holds is acknowledged and not looked at. No effect on a track that brought anything: that goes its way.</summary>
    public void AcknowledgeOnly()
    {
        lock (_gate)
        {
            _acknowledgesOnly |= !IsAdopted && !HasPackets && _sender.Retained.IsEmpty;
        }
    }

    private bool TryAcknowledgeOnly(ulong next)
    {
        if (_acknowledgesOnly && next > _intake.Next)
        {
            _intake.BeginAt(next);
            _intake.IsNextKnown = true;
        }

        return _acknowledgesOnly;
    }
}
