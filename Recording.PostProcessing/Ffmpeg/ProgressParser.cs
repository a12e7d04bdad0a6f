using System.Globalization;

namespace Recording.PostProcessing.Ffmpeg;

/// <summary>Reads the <c>key=value</c> lines of <c>ffmpeg -progress</c>.</summary>
/// <param name="expected">Length of the output, the whole of the work.</param>
public sealed class ProgressParser(TimeSpan expected)
{
    private static readonly string[] _keys = ["frame", "fps", "bitrate", "total_size", "out_time_us", "out_time_ms", "out_time", "dup_frames", "drop_frames", "speed", "progress"];
    private double _fraction;

    /// <summary>Whether a line of stderr is such a line, when progress goes there.</summary>
    public static bool IsProgress(string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && (_keys.Contains(line[..equals], StringComparer.Ordinal) || line.StartsWith("stream_", StringComparison.Ordinal));
    }

    /// <summary>Takes one line; true when it ends a report (a new fraction is there).</summary>
    public bool Feed(string line, TimeSpan elapsed, out FfmpegProgress progress)
    {
        progress = default;
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return false;
        }

        ReadOnlySpan<char> key = line.AsSpan(0, equals).Trim();
        ReadOnlySpan<char> value = line.AsSpan(equals + 1).Trim();
        if (key.SequenceEqual("out_time_us"))
        {
            // N/A before the first packet, and negative while a B-frame delay is made up for.
            if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long microseconds) && expected > TimeSpan.Zero)
            {
                _fraction = Math.Clamp(microseconds / expected.TotalMicroseconds, _fraction, 1);
            }

            return false;
        }

        if (!key.SequenceEqual("progress"))
        {
            return false;
        }

        if (value.SequenceEqual("end"))
        {
            _fraction = 1;
        }

        TimeSpan? left = _fraction is > 0.005 and < 1 ? elapsed * ((1 - _fraction) / _fraction) : _fraction >= 1 ? TimeSpan.Zero : null;
        progress = new FfmpegProgress(_fraction, left);
        return true;
    }
}
