using System.Globalization;
using System.Text;
using Recording.Media.TrackFiles;
using Recording.Model;

namespace Recording.Storage;

/// <summary>Where each object of a recording lies (docs/storage.md). A prefix always ends with a slash.</summary>
public static class RecordingKeys
{
    /// <summary>Bytes of an id after encoding.</summary>
    public const int MaxIdLength = 200;

    /// <summary>Bytes of a storage path after encoding.</summary>
    public const int MaxStoragePathLength = 400;

    /// <summary>Where grain state lies; no recording may.</summary>
    public const string StatePrefix = "state/";

    /// <summary>Where recordings lie that name no storage path.</summary>
    public const string RoomsPrefix = "rooms/";

    private const string Hex = "0123456789ABCDEF";

    /// <summary>Makes an id one safe element of a key: every byte outside <c>A-Za-z0-9._-</c> as <c>%XX</c>, and <c>.</c> and <c>..</c> wholly so.</summary>
    /// <exception cref="RecordingException">1003: empty, not Unicode, or over <see cref="MaxIdLength"/> bytes after encoding.</exception>
    public static string Encode(string id)
    {
        if (string.IsNullOrEmpty(id))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, "An id is empty.");
        }

        string encoded = EncodeElement(id, "id");
        return encoded.Length <= MaxIdLength
            ? encoded
            : throw new RecordingException(
                RecordingErrorCode.ProtocolViolation,
                $"An id has {encoded.Length} bytes after encoding, {MaxIdLength} are allowed.");
    }

    /// <summary>The inverse of <see cref="Encode"/>.</summary>
    public static string Decode(string element) => Uri.UnescapeDataString(element);

    /// <summary>The prefix of a recording: <c>rooms/{room}/{recordingId}/</c>, or the storage path in place of the first two.</summary>
    /// <param name="room">The room's id, as the SFU names it.</param>
    /// <param name="recordingId">As minted by this service.</param>
    /// <param name="storagePath"><c>RecordingConfig.storage_path</c>; null or empty = none.</param>
    /// <exception cref="RecordingException">1003: an id or the path is not allowed.</exception>
    public static string Prefix(string room, string recordingId, string? storagePath = null)
    {
        string root = string.IsNullOrEmpty(storagePath) ? RoomsPrefix + Encode(room) : NormaliseStoragePath(storagePath);
        return $"{root}/{Encode(recordingId)}/";
    }

    /// <summary>
    /// A storage path as key elements without slashes at its ends: empty and <c>.</c> elements go, each element is encoded as an id is.
    /// </summary>
    /// <exception cref="RecordingException">1003: it leaves the bucket by <c>..</c>, lies in <c>state/</c> or the store's own folder, lies in a recording, is empty or too long.</exception>
    public static string NormaliseStoragePath(string storagePath)
    {
        ArgumentNullException.ThrowIfNull(storagePath);
        var elements = new List<string>();
        foreach (string element in storagePath.Split('/'))
        {
            if (element is "" or ".")
            {
                continue;
            }

            if (element == "..")
            {
                throw BadPath("it holds '..'");
            }

            if (RecordingId.IsValid(element))
            {
                throw BadPath("it lies in the prefix of another recording");
            }

            string encoded = EncodeElement(element, "storage path");
            if (encoded.Length > MaxIdLength)
            {
                throw BadPath($"an element has over {MaxIdLength} bytes after encoding");
            }

            elements.Add(encoded);
        }

        if (elements.Count == 0)
        {
            throw BadPath("it is empty");
        }

        // Some file systems and people do not tell case apart, so no spelling of these is taken.
        if (elements[0].Equals("state", StringComparison.OrdinalIgnoreCase) || elements[0].Equals(ObjectKey.Reserved, StringComparison.OrdinalIgnoreCase))
        {
            throw BadPath($"'{elements[0]}' belongs to the service");
        }

        string path = string.Join('/', elements);
        return path.Length <= MaxStoragePathLength ? path : throw BadPath($"it has over {MaxStoragePathLength} bytes after encoding");
    }

    /// <summary><c>metadata.json</c> of a recording.</summary>
    public static string Metadata(string prefix) => prefix + "metadata.json";

    /// <summary><c>timeline.json</c> of a recording.</summary>
    public static string Timeline(string prefix) => prefix + "timeline.json";

    /// <summary><c>policy.json</c> of a recording.</summary>
    public static string Policy(string prefix) => prefix + "policy.json";

    /// <summary>The object that says that a track is sealed.</summary>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="trackId">As minted by the room.</param>
    public static string Sealed(string prefix, string trackId) => Segments(prefix, trackId) + "SEALED";

    /// <summary>The complete track: <c>tracks/{trackId}.rtp</c>.</summary>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="trackId">As minted by the room: encoded already, see <see cref="TrackId"/>.</param>
    public static string Track(string prefix, string trackId) => prefix + TrackFile(trackId);

    /// <summary>Name of a complete track below the prefix.</summary>
    /// <param name="trackId">As minted by the room.</param>
    /// <param name="revision">0 = the first; later ones, made when packets came late, are <c>tracks/{trackId}.r2.rtp</c> and on. No track id ends like that.</param>
    public static string TrackFile(string trackId, int revision = 0) => revision == 0
        ? $"tracks/{CheckedTrackId(trackId)}.rtp"
        : string.Create(CultureInfo.InvariantCulture, $"tracks/{CheckedTrackId(trackId)}.r{revision + 1}.rtp");

    /// <summary>Which track a file below <c>tracks/</c> belongs to, and its revision; false when it is no track file.</summary>
    /// <param name="file">Its name, or its whole key.</param>
    /// <param name="trackId">The track.</param>
    /// <param name="revision">0 = the first.</param>
    public static bool TryParseTrackFile(string file, out string trackId, out int revision)
    {
        const string Extension = ".rtp";
        const string Mark = ".r";
        trackId = file[(file.LastIndexOf('/') + 1)..];
        revision = 0;
        if (!trackId.EndsWith(Extension, StringComparison.Ordinal) || trackId.Length == Extension.Length)
        {
            return false;
        }

        trackId = trackId[..^Extension.Length];
        int mark = trackId.LastIndexOf(Mark, StringComparison.Ordinal);
        if (mark > 0 && int.TryParse(trackId.AsSpan(mark + Mark.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 2)
        {
            trackId = trackId[..mark];
            revision = number - 1;
        }

        return true;
    }

    /// <summary>The prefix of all complete tracks.</summary>
    public static string Tracks(string prefix) => prefix + "tracks/";

    /// <summary>The prefix of everything live in a recording.</summary>
    public static string Segments(string prefix) => prefix + "segments/";

    /// <summary>The prefix of a track's live segments.</summary>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="trackId">As minted by the room.</param>
    public static string Segments(string prefix, string trackId) => $"{prefix}segments/{CheckedTrackId(trackId)}/";

    /// <summary>One live segment.</summary>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="trackId">As minted by the room.</param>
    /// <param name="segment">Its epoch, range and activation.</param>
    public static string Segment(string prefix, string trackId, SegmentKey segment) => Segments(prefix, trackId) + segment.FileName;

    /// <summary>The prefix of everything made from the tracks.</summary>
    public static string Processed(string prefix) => prefix + "processed/";

    /// <summary>Something made from the tracks, below <c>processed/</c>.</summary>
    /// <param name="prefix">Of the recording.</param>
    /// <param name="name">Elements with slashes between them, safe already.</param>
    public static string Processed(string prefix, string name) => $"{prefix}processed/{name}";

    /// <summary>The prefix of what a job makes under names of its own.</summary>
    /// <param name="prefix">Of the recording; empty = relative to it.</param>
    /// <param name="jobId">The job.</param>
    public static string Job(string prefix, string jobId) => Processed(prefix, $"jobs/{jobId}/");

    /// <summary>The prefix of what one task of a job leaves for another; removed when the job is over.</summary>
    /// <param name="prefix">Of the recording; empty = relative to it.</param>
    /// <param name="jobId">The job.</param>
    public static string JobWork(string prefix, string jobId) => Job(prefix, jobId) + "tasks/";

    /// <summary>
    /// The name of a peer's track: <c>{peer}-audio</c>, <c>-video</c>, <c>-screen</c> or <c>-screen-audio</c>, and from the second on
    /// <c>-2</c>, <c>-3</c>, ... The peer is encoded.
    /// </summary>
    /// <param name="peer">The peer's id.</param>
    /// <param name="isVideo">Whether its kind is video.</param>
    /// <param name="isScreenshare">Whether it belongs to a screenshare.</param>
    /// <param name="ordinal">1 for the first of that name, then 2, 3, ...</param>
    public static string TrackId(string peer, bool isVideo, bool isScreenshare, int ordinal = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ordinal, 1);
        string kind = (isVideo, isScreenshare) switch
        {
            (true, true) => "screen",
            (false, true) => "screen-audio",
            (true, false) => "video",
            _ => "audio",
        };
        string name = $"{Encode(peer)}-{kind}";
        return ordinal == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{ordinal}");
    }

    /// <summary>Where the state of a grain lies: <c>state/{grainType}/{grainKey}</c>, both encoded.</summary>
    /// <exception cref="RecordingException">1003: the encoded key has over 255 bytes.</exception>
    public static string State(string grainType, string grainKey)
    {
        string key = $"{StatePrefix}{Encode(grainType)}/{EncodeElement(grainKey, "grain key")}";
        ObjectKey.Validate(key);
        return key;
    }

    private static string CheckedTrackId(string trackId)
    {
        if (string.IsNullOrEmpty(trackId) || trackId is "." or ".." || trackId.Contains('/', StringComparison.Ordinal))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"'{trackId}' is no track id.");
        }

        return trackId;
    }

    private static string EncodeElement(string text, string what)
    {
        byte[] bytes;
        try
        {
            bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"A {what} is not valid Unicode.");
        }

        bool dots = text is "." or "..";
        var encoded = new StringBuilder(bytes.Length);
        foreach (byte b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' || (b == '.' && !dots))
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 0xF]);
            }
        }

        return encoded.ToString();
    }

    private static RecordingException BadPath(string fault) =>
        new(RecordingErrorCode.ProtocolViolation, $"The storage path is not allowed: {fault}.");
}
