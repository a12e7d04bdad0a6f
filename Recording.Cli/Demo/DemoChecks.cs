using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.Protocol.Control;
using Recording.Simulator.Plans;
using Recording.Simulator.Verification;

namespace Recording.Cli.Demo;

/// <summary>Everything that a finished demo recording has to hold; all that is wrong is told at once.</summary>
internal sealed class DemoChecks
{
    private const double AllowedDurationErrorSeconds = 0.1;
    private readonly DemoOptions _options;
    private readonly Action<string> _say;
    private readonly FfmpegRun _ffmpeg = new(new FfmpegOptions(), TimeProvider.System);
    private readonly List<string> _problems = [];

    public DemoChecks(DemoOptions options, Action<string> say)
    {
        _options = options;
        _say = say;
    }

    public async Task<DemoResult> CheckAsync(Protocol.Control.Recording recording, SimulationPlan plan, string ledgerPath, CancellationToken cancellationToken)
    {
        string prefix = Path.Combine(_options.DataDirectory, recording.Prefix.TrimEnd('/'));
        Require(recording.Status == "completed", $"the recording ended as {recording.Status} ({recording.EndedBecause})");
        foreach (string document in (string[])["metadata.json", "timeline.json", "policy.json"])
        {
            Require(File.Exists(Path.Combine(prefix, document)), $"{document} is missing");
        }

        int planned = plan.Rooms[0].Peers.Sum(peer => peer.Tracks.Count);
        Require(recording.Tracks.Count == planned, $"{recording.Tracks.Count} tracks instead of {planned}");
        foreach (Track track in recording.Tracks)
        {
            var file = new FileInfo(Path.Combine(prefix, track.File));
            Require(file is { Exists: true, Length: > 0 } && track.Packets > 0, $"{track.File} is missing or empty");
        }

        CheckLedger(prefix, ledgerPath, cancellationToken);
        (string composite, double duration) = await CheckOutputsAsync(recording, prefix, cancellationToken);
        if (_problems.Count > 0)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, string.Join("; ", _problems));
        }

        return new DemoResult(recording.RecordingId, prefix + "/", [.. recording.Tracks.Select(track => track.File)], composite, Math.Round(duration, 3));
    }

    private void CheckLedger(string prefix, string ledgerPath, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(prefix))
        {
            _problems.Add($"there is no {prefix}");
            return;
        }

        VerificationReport report = RecordingVerifier.Verify(prefix, ledgerPath, cancellationToken: cancellationToken);
        _say($"{report.Sent} packets sent, {report.Stored} stored");
        Require(report.Ok, $"stored and sent packets differ: {report.Missing} missing, {report.Extra} extra, {report.Duplicated} duplicated, {report.Damaged} damaged, {report.Mismatched} files not as described");
        _problems.AddRange(report.Problems);
        Require(report.Sent > 0, "nothing was sent");
    }

    private async Task<(string Path, double DurationSeconds)> CheckOutputsAsync(Protocol.Control.Recording recording, string prefix, CancellationToken cancellationToken)
    {
        string path = "";
        double duration = 0;
        double recorded = (recording.EndedAtUs - recording.StartedAtUs) / 1_000_000.0;
        foreach (Output output in recording.Outputs)
        {
            var file = new FileInfo(Path.Combine(prefix, output.File));
            if (!file.Exists)
            {
                _problems.Add($"{output.File} is missing");
                continue;
            }

            if (output.Kind is "report" or "transcript")
            {
                // For programs and people to read: there is nothing to decode.
                Require(file.Length > 0, $"{output.File} is empty");
                continue;
            }

            FfprobeReport probe = await FfprobeReport.ReadAsync(_ffmpeg, file, cancellationToken: cancellationToken);
            Require(probe.Streams.Count > 0, $"{output.File} has no streams");
            if (output.Kind != "composite")
            {
                continue;
            }

            (path, duration) = (Path.Combine(prefix, output.File), probe.DurationSeconds);
            Require(probe.Video is { Codec: "h264", Width: > 0 }, $"{output.File} has no H.264 picture");
            Require(probe.Audio is { Codec: "aac" }, $"{output.File} has no AAC sound");
            Require(Math.Abs(probe.DurationSeconds - recorded) <= AllowedDurationErrorSeconds, $"{output.File} lasts {probe.DurationSeconds:0.000} s, the recording {recorded:0.000} s");
            string complaints = await FfprobeReport.DecodeAsync(_ffmpeg, file, cancellationToken);
            Require(complaints.Length == 0, $"{output.File} does not decode: {complaints}");
        }

        Require(path.Length > 0, "there is no composite");
        return (path, duration);
    }

    private void Require(bool holds, string problem)
    {
        if (!holds)
        {
            _problems.Add(problem);
        }
    }
}
