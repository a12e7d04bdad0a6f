using Microsoft.Extensions.Logging;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Counts what is wrong with messages by kind, answers it with <c>error</c> (at most twenty a second and kind), and logs it once a minute a kind.</summary>
internal sealed class LinkViolations(TimeProvider time, LinkOutbox outbox, SfuLinkMetrics metrics, ILogger logger, string linkName)
{
    private const int AnswersPerSecond = 20;
    private static readonly TimeSpan s_answerInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LogGate _log = new(time);
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);
    private long _total;

    /// <summary>Everything counted.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>How the link is called in logs; changes when its SFU is known.</summary>
    public string LinkName { get; set; } = linkName;

    /// <summary>Counts, answers and logs one.</summary>
    /// <param name="kind">A constant, for counters.</param>
    /// <param name="code">What the SFU is told.</param>
    /// <param name="reason">One sentence.</param>
    /// <param name="requestId">Of the message, where it has one.</param>
    /// <param name="roomId">Where it is about a room.</param>
    /// <param name="recordingId">Where it is about a recording.</param>
    public void Report(string kind, RecordingErrorCode code, string reason, string requestId = "", string roomId = "", string recordingId = "")
    {
        Interlocked.Increment(ref _total);
        metrics.Violation(kind, (int)code);
        long occurrences;
        lock (_gate)
        {
            if (!_kinds.TryGetValue(kind, out Kind? entry))
            {
                _kinds.Add(kind, entry = new Kind());
            }

            occurrences = ++entry.Count;
            if (time.GetElapsedTime(entry.SecondAt) >= s_answerInterval)
            {
                entry.SecondAt = time.GetTimestamp();
                entry.Answers = 0;
            }

            if (entry.Answers++ < AnswersPerSecond)
            {
                outbox.SendError(Message(code, reason, requestId, roomId, recordingId));
            }
        }

        if (_log.Opens(kind))
        {
            SfuLinkLog.Violation(logger, LinkName, kind, code, reason, occurrences);
        }
    }

    /// <summary>Whether something else of this link is to be logged: once a minute a kind.</summary>
    /// <param name="kind">One of a bounded number.</param>
    public bool MayLog(string kind) => _log.Opens(kind);

    /// <summary>The message for an error.</summary>
    public Wire.RecordingToSfu Message(RecordingErrorCode code, string reason, string requestId = "", string roomId = "", string recordingId = "") => new()
    {
        RequestId = requestId,
        Error = new Wire.RecordingError
        {
            Code = (int)code,
            Message = reason,
            RoomId = roomId,
            RecordingId = recordingId,
            Timestamp = time.GetUtcNow().ToUnixTimeMilliseconds(),
        },
    };

    private sealed class Kind
    {
        public long Count { get; set; }

        public long SecondAt { get; set; }

        public int Answers { get; set; }
    }
}
