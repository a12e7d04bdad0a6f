using System.Globalization;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Fixtures;

/// <summary>Expected numbers of a fixture.</summary>
internal static class Expect
{
    /// <summary>Packet times of the file in ms.</summary>
    public static long[] Times(byte[] file) =>
        [.. Ffmpeg.Probe(file, "-show_entries", "packet=pts_time").Select(text => (long)Math.Round(double.Parse(text.Split(',')[0], CultureInfo.InvariantCulture) * 1000))];

    /// <summary>The file's packets stand at these media times (µs), less the first one, within 1 ms.</summary>
    public static void TimesAre(IEnumerable<long> mediaUs, byte[] file)
    {
        long[] expected = [.. mediaUs.Select(time => time / 1000)];
        long[] actual = Times(file);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second - pair.First + expected[0] - actual[0], -1, 1));
    }

    /// <summary>Sizes of all decoded pictures, one entry for each run of equal ones.</summary>
    public static List<(string Size, int Count)> DecodedSizes(byte[] file)
    {
        List<(string Size, int Count)> runs = [];
        foreach (string line in Ffmpeg.Probe(file, "-select_streams", "v", "-show_entries", "frame=width,height"))
        {
            string size = line.TrimEnd(',').Replace(',', 'x');
            if (runs.Count > 0 && runs[^1].Size == size)
            {
                runs[^1] = (size, runs[^1].Count + 1);
            }
            else
            {
                runs.Add((size, 1));
            }
        }

        return runs;
    }

    public static double Seconds(MediaGap gap) => (gap.EndUs - gap.StartUs) / 1e6;
}
