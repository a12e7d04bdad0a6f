namespace Recording.PostProcessing.Transcript;

/// <summary>
/// Cuts long sound into pieces at silences: what is silent is not sent (it costs, and recognisers hear words in it), and no piece is longer than the
/// limit. Fed block by block; memory for one level every 20 ms.
/// </summary>
public sealed class SpeechSplitter
{
    /// <summary>Samples a second.</summary>
    public const int SampleRate = 16_000;

    private const int BlockSamples = SampleRate / 50;

    // -50 dBFS: room noise after a browser's noise suppression lies below, speech 20 dB above.
    private const double SilentLevel = 0.00316;
    private const int BridgedBlocks = 50;
    private const int MarginBlocks = 15;
    private const int ShortestBlocks = 5;

    private readonly List<float> _levels = [];
    private double _energy;
    private int _count;

    /// <summary>Takes samples, -1..1 as 16-bit integers.</summary>
    public void Add(ReadOnlySpan<short> samples)
    {
        foreach (short sample in samples)
        {
            double value = sample / 32768.0;
            _energy += value * value;
            if (++_count == BlockSamples)
            {
                EndBlock();
            }
        }
    }

    /// <summary>The pieces, in order, without overlap.</summary>
    /// <param name="longestSeconds">No piece is longer.</param>
    public IReadOnlyList<SpeechPiece> Pieces(double longestSeconds)
    {
        if (_count > 0)
        {
            EndBlock();
        }

        int longest = Math.Max(BridgedBlocks, (int)(longestSeconds * SampleRate / BlockSamples));
        List<(int Start, int End)> runs = Runs();
        List<SpeechPiece> pieces = [];
        int at = 0;
        while (at < runs.Count)
        {
            // As many runs as fit: a recogniser understands more of a whole conversation than of single words.
            int start = runs[at].Start;
            int end = runs[at].End;
            while (at + 1 < runs.Count && runs[at + 1].End - start <= longest && runs[at + 1].Start - end <= 4 * BridgedBlocks)
            {
                end = runs[++at].End;
            }

            while (end - start > longest)
            {
                int cut = Quietest(start + (longest * 2 / 3), start + longest);
                pieces.Add(Piece(start, cut));
                start = cut;
            }

            pieces.Add(Piece(start, end));
            at++;
        }

        return pieces;
    }

    private static SpeechPiece Piece(int start, int end) => new((long)start * BlockSamples, (end - start) * BlockSamples);

    private void EndBlock()
    {
        _levels.Add((float)Math.Sqrt(_energy / _count));
        _energy = 0;
        _count = 0;
    }

    // Somebody who talks without a pause is cut where it hurts least.
    private int Quietest(int from, int to)
    {
        int best = to;
        for (int i = from; i < to; i++)
        {
            best = _levels[i] < _levels[best] ? i : best;
        }

        return best;
    }

    // Loud blocks with short silences bridged, clicks left out, and a margin so that no first sound is cut off.
    private List<(int Start, int End)> Runs()
    {
        List<(int Start, int End)> runs = [];
        for (int i = 0; i < _levels.Count; i++)
        {
            if (_levels[i] <= SilentLevel)
            {
                continue;
            }

            if (runs.Count > 0 && i - runs[^1].End < BridgedBlocks)
            {
                runs[^1] = (runs[^1].Start, i + 1);
            }
            else
            {
                runs.Add((i, i + 1));
            }
        }

        return
        [
            .. runs.Where(run => run.End - run.Start >= ShortestBlocks)
                .Select(run => (Math.Max(0, run.Start - MarginBlocks), Math.Min(_levels.Count, run.End + MarginBlocks))),
        ];
    }
}
