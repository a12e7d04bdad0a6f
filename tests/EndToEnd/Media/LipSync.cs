namespace Recording.EndToEnd.Media;

/// <summary>Finds flashes in brightness and beeps in sound, and how far each beep is from its flash.</summary>
internal static class LipSync
{
    private const int WindowSamples = DecodedPicture.SampleRate / 200;
    private const double BeepSeconds = 0.02;

    /// <summary>Times at which brightness jumps up to white, in seconds.</summary>
    public static List<double> Flashes(byte[] brightness, double frameRate)
    {
        var times = new List<double>();
        for (int i = 1; i < brightness.Length; i++)
        {
            if (brightness[i] >= 200 && brightness[i - 1] < 200)
            {
                times.Add(i / frameRate);
            }
        }

        return times;
    }

    /// <summary>Times at which a tone of this pitch begins, in seconds.</summary>
    public static List<double> Beeps(float[] samples, double pitch)
    {
        // 20 ms windows in 5 ms steps: long enough to tell pitches 60 Hz apart roughly, short enough for the onset.
        int window = (int)(BeepSeconds * DecodedPicture.SampleRate);
        double[] power = [.. Steps(samples, window, pitch)];
        double threshold = power.Max() / 4;
        var times = new List<double>();
        for (int i = 1; i < power.Length; i++)
        {
            if (power[i] >= threshold && power[i - 1] < threshold)
            {
                // Half the window holds the tone when a quarter of its power is reached.
                times.Add(((i * WindowSamples) + (window / 2.0)) / DecodedPicture.SampleRate);
            }
        }

        return times;
    }

    /// <summary>For each flash the distance of the nearest beep in seconds; flashes without a beep within 0.3 s are left out.</summary>
    public static List<double> Offsets(List<double> flashes, List<double> beeps) =>
        [.. flashes.Where(_ => beeps.Count > 0).Select(flash => beeps.MinBy(beep => Math.Abs(beep - flash)) - flash).Where(static offset => Math.Abs(offset) < 0.3)];

    // Goertzel's algorithm: the power of one frequency in a window.
    private static IEnumerable<double> Steps(float[] samples, int window, double pitch)
    {
        double coefficient = 2 * Math.Cos(2 * Math.PI * pitch / DecodedPicture.SampleRate);
        for (int start = 0; start + window <= samples.Length; start += WindowSamples)
        {
            double before = 0;
            double last = 0;
            for (int i = 0; i < window; i++)
            {
                double current = samples[start + i] + (coefficient * last) - before;
                before = last;
                last = current;
            }

            yield return (last * last) + (before * before) - (coefficient * last * before);
        }
    }
}
