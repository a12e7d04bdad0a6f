using System.Globalization;

namespace Recording.PostProcessing.Ffmpeg;

/// <summary>What a process and its children have done since they began, as Linux counts it (proc(5)).</summary>
/// <param name="Bytes">Read and written, pipes included.</param>
/// <param name="Ticks">CPU time, hundredths of a second.</param>
internal readonly record struct ToolActivity(long Bytes, long Ticks)
{
    /// <summary>Reads it; null = the process has ended, or this is not Linux.</summary>
    public static ToolActivity? Read(int processId)
    {
        long bytes = 0;
        long ticks = 0;
        var waiting = new Stack<int>([processId]);
        while (waiting.TryPop(out int id))
        {
            string folder = $"/proc/{id.ToString(CultureInfo.InvariantCulture)}";
            if (Text(folder + "/stat") is { } stat)
            {
                ticks += TicksOf(stat);
                bytes += BytesOf(Text(folder + "/io") ?? "");
                foreach (string thread in Threads(folder + "/task"))
                {
                    foreach (string child in (Text(thread + "/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        waiting.Push(int.Parse(child, CultureInfo.InvariantCulture));
                    }
                }
            }
            else if (id == processId)
            {
                return null;
            }
        }

        return new ToolActivity(bytes, ticks);
    }

    // The name in brackets may hold anything; utime, stime, and those of children that have ended are fields 14 to 17.
    private static long TicksOf(string stat) =>
        stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(11).Take(4).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));

    private static long BytesOf(string io) =>
        io.Split('\n').Where(line => line.StartsWith("rchar: ", StringComparison.Ordinal) || line.StartsWith("wchar: ", StringComparison.Ordinal))
            .Sum(line => long.Parse(line.AsSpan(7), NumberStyles.Integer, CultureInfo.InvariantCulture));

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] Threads(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
