using System.Globalization;
using Recording.Model.Documents;

namespace Recording.PostProcessing.Report;

/// <summary>Says in words what policy decided, and when.</summary>
internal static class PolicyDecisions
{
    /// <summary>From policy.json and the timeline.</summary>
    public static IReadOnlyList<ReportDecision> Of(PolicyDocument? policy, IEnumerable<TimelineEntry> events, long originUs)
    {
        List<ReportDecision> decisions = [];
        if (policy is not null)
        {
            decisions.Add(new ReportDecision { T = policy.AtStart.T, Text = "At start: " + Words(policy.AtStart) });
            decisions.AddRange(policy.Changes.Select(change => new ReportDecision { T = change.T, Text = "Changed: " + Words(change) }));
        }

        foreach (TimelineEntry entry in events)
        {
            string? text = entry.Type switch
            {
                "recording_started" => $"Recording started{By(entry.RequesterId)}",
                "recording_stopped" => $"Recording stopped{By(entry.RequesterId)}{Because(entry.Reason)}",
                "recording_paused" => $"Recording paused{By(entry.RequesterId)}",
                "recording_resumed" => $"Recording resumed{By(entry.RequesterId)}",
                "track_unsubscribed" when entry.Reason is { Length: > 0 } => $"{entry.TrackId ?? entry.ProducerId} no longer recorded{Because(entry.Reason)}",
                "error" => string.Create(CultureInfo.InvariantCulture, $"Error {entry.Code}{Because(entry.Reason)}"),
                _ => null,
            };
            if (text is not null)
            {
                decisions.Add(new ReportDecision { T = (entry.TimeUs - originUs) / 1000, Text = text });
            }
        }

        return [.. decisions.OrderBy(decision => decision.T)];
    }

    private static string Words(PolicyInForce policy)
    {
        RecordingFeature feature = policy.Policy.Features.Recording;
        if (!feature.Enabled)
        {
            return $"recording is forbidden (from {policy.Source})";
        }

        string[] off =
        [
            .. new[] { ("microphones", feature.RecordAudio), ("cameras", feature.RecordVideo), ("shared screens", feature.RecordScreenshare) }
                .Where(medium => medium.Item2 == false).Select(medium => medium.Item1),
        ];
        string media = feature.RecordAudioOnly == true ? "only sound is recorded" : off.Length == 0 ? "all media are recorded" : $"{string.Join(" and ", off)} are not recorded";
        string kept = feature.RetentionDays == 0 ? "kept until deleted" : string.Create(CultureInfo.InvariantCulture, $"kept {feature.RetentionDays} days");
        string made = feature.Outputs is { Count: > 0 } outputs ? $", gets {string.Join(", ", outputs)}" : "";
        return $"{media}, may be started by {feature.WhoCanRecord}, downloaded by {(feature.WhoCanDownload.Length > 0 ? feature.WhoCanDownload : "host")}, {kept}{made} (from {policy.Source})";
    }

    private static string By(string? who) => string.IsNullOrEmpty(who) ? "" : $" by {who}";

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : $" ({reason})";
}
