namespace Recording.PostProcessing.Ffmpeg;

/// <summary>Keeps the last 50 lines of a tool's stderr; thread-safe.</summary>
public sealed class StderrTail
{
    /// <summary>Lines kept.</summary>
    public const int Capacity = 50;

    private const int LongestLine = 2000;
    private readonly Queue<string> _lines = new(Capacity);
    private readonly Lock _lock = new();

    /// <summary>Adds a line; the oldest one goes when there are too many.</summary>
    public void Add(string line)
    {
        lock (_lock)
        {
            if (_lines.Count == Capacity)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line.Length > LongestLine ? line[..LongestLine] : line);
        }
    }

    /// <summary>The newest line that is not blank; empty = none.</summary>
    public string LastLine
    {
        get
        {
            lock (_lock)
            {
                return _lines.LastOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "";
            }
        }
    }

    /// <inheritdoc />
    public override string ToString()
    {
        lock (_lock)
        {
            return string.Join('\n', _lines);
        }
    }
}
