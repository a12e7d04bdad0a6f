namespace Recording.Model;

/// <summary>What went wrong, as one number in logs, gRPC status details, REST problem details and the dashboard (docs/protocol.md).</summary>
public enum RecordingErrorCode
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>A message came before <c>register_response</c>.</summary>
    NotRegistered = 1001,

    /// <summary>Three heartbeat periods without any message.</summary>
    HeartbeatLost = 1002,

    /// <summary>A message that does not parse, is out of place, or holds an id that is not allowed.</summary>
    ProtocolViolation = 1003,

    /// <summary>The bearer token is missing or wrong.</summary>
    BadToken = 1004,

    /// <summary>This process is shutting down and takes no new work.</summary>
    ShuttingDown = 1005,

    /// <summary>A newer link to the same SFU holds the lease.</summary>
    FencedOut = 1006,

    /// <summary>The room is not known.</summary>
    UnknownRoom = 2001,

    /// <summary>The room is being recorded already.</summary>
    AlreadyRecording = 2002,

    /// <summary>There is no such recording.</summary>
    NoSuchRecording = 2003,

    /// <summary>The recording or job is in a state that does not allow this.</summary>
    WrongState = 2004,

    /// <summary>The limit of rooms recorded at once is reached.</summary>
    RoomLimit = 2005,

    /// <summary>The producer or track handle is not known.</summary>
    UnknownProducer = 3001,

    /// <summary>The codec cannot be rendered; it is recorded raw all the same.</summary>
    UnsupportedCodec = 3002,

    /// <summary>A packet that is not RTP, or is oversize, or belongs to another track.</summary>
    MalformedRtp = 3003,

    /// <summary>The limit of tracks a recording is reached.</summary>
    TrackLimit = 3004,

    /// <summary>The object store does not answer; what arrives goes to the spool.</summary>
    StoreUnavailable = 4001,

    /// <summary>Memory and spool are full; the SFU is pushed back.</summary>
    SpoolFull = 4002,

    /// <summary>The recording could not be completed; it is tried again.</summary>
    FinalizationFailed = 4003,

    /// <summary>The file or object does not exist.</summary>
    NotFound = 4004,

    /// <summary>Stored bytes do not match their checksum.</summary>
    IntegrityCheckFailed = 4005,

    /// <summary>The room's policy does not allow recording.</summary>
    RecordingDisabled = 5001,

    /// <summary>The requester may not record.</summary>
    NotAuthorizedToRecord = 5002,

    /// <summary>The room's policy does not allow this kind of media.</summary>
    MediaTypeDisabled = 5003,

    /// <summary>The requester may not download.</summary>
    NotAuthorizedToDownload = 5004,
}
