using System.Globalization;
using System.Text;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>
/// FFmpeg's arguments for one piece: inputs, filter graph, and the text files that the graph names. Pure. No name of a person is ever part of
/// an argument: <c>drawtext</c> reads it from a file, without expansion.
/// </summary>
public sealed class SceneGraph
{
    /// <summary>Name of the font file in the working directory.</summary>
    public const string FontName = "font.ttf";

    private const int Ticks = 90_000;
    private readonly List<string> _inputs = [];
    private readonly List<string> _chains = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Canvas _canvas;
    private readonly bool _labels;
    private int _inputCount;

    private SceneGraph(Canvas canvas, bool labels)
    {
        _canvas = canvas;
        _labels = labels;
    }

    /// <summary>Input arguments, in order.</summary>
    public IReadOnlyList<string> Inputs => _inputs;

    /// <summary>The filter graph; its output is <c>[out]</c>.</summary>
    public string Filter => string.Join(';', _chains);

    /// <summary>File name -> text, to be written as UTF-8 into the working directory.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>Builds it.</summary>
    /// <param name="piece">What is shown.</param>
    /// <param name="canvas">The picture.</param>
    /// <param name="media">Track id -> its remuxed file, timestamps in recording time; a track without pictures is left out and shows initials.</param>
    /// <param name="labels">Draw names.</param>
    public static SceneGraph Build(PlannedPiece piece, Canvas canvas, IReadOnlyDictionary<string, TrackMedia> media, bool labels)
    {
        var graph = new SceneGraph(canvas, labels);
        string top = graph.AddBackdrop(piece);
        for (int i = 0; i < piece.Regions.Count; i++)
        {
            SceneRegion region = piece.Regions[i];
            if (region.TrackId is not null && media.TryGetValue(region.TrackId, out TrackMedia? track))
            {
                top = graph.AddVideo(piece, region, i, track, top);
            }
        }

        graph._chains.Add($"[{top}]format=yuv420p[out]");
        return graph;
    }

    // Everything that does not move is drawn once, on one frame that is then repeated: tiles with initials lie under each video,
    // and show until its first picture comes.
    private string AddBackdrop(PlannedPiece piece)
    {
        string rate = Number(_canvas.FrameRate);
        _chains.Add($"color=c=0x16181d:s={_canvas.Width}x{_canvas.Height}:r={rate},trim=end_frame=1,format=yuv420p[b0]");
        int count = 0;
        for (int i = 0; i < piece.Regions.Count; i++)
        {
            SceneRegion region = piece.Regions[i];
            PixelRect rect = region.Rect;
            var tile = new StringBuilder();
            tile.Append(CultureInfo.InvariantCulture, $"color=c={TileColour(region.ParticipantId)}:s={rect.Width}x{rect.Height}:r={rate},trim=end_frame=1,format=yuv420p");
            int size = Math.Min(rect.Width, rect.Height) / 3;
            if (size >= 6)
            {
                string file = AddText($"initials-{i}.txt", TileText.Initials(region.Label));
                tile.Append(CultureInfo.InvariantCulture, $",drawtext=fontfile={FontName}:textfile={file}:expansion=none:fontcolor=white:fontsize={size}:x=(w-text_w)/2:y=(h-text_h)/2");
            }

            tile.Append(LabelFilter(region, i));
            _chains.Add($"{tile}[t{i}]");
            _chains.Add($"[b{count}][t{i}]overlay=x={rect.X}:y={rect.Y}:format=yuv420[b{count + 1}]");
            count++;
        }

        _chains.Add($"[b{count}]trim=end_frame=1,loop=loop=-1:size=1,settb=1/{rate},setpts=N,trim=end_frame={piece.FrameCount}[base]");
        return "base";
    }

    private string AddVideo(PlannedPiece piece, SceneRegion region, int number, TrackMedia track, string below)
    {
        string rate = Number(_canvas.FrameRate);
        double startSeconds = piece.RecordingUs / 1e6;
        _inputs.AddRange(["-reinit_filter", "0", "-threads", "1"]);
        if (startSeconds > track.StartSeconds)
        {
            // From the key frame before: an accurate seek would drop the picture that is in force at the cut.
            _inputs.AddRange(["-noaccurate_seek", "-seek_timestamp", "1", "-ss", startSeconds.ToString("0.000000", CultureInfo.InvariantCulture)]);
        }

        _inputs.AddRange(["-i", "file:" + track.File.FullName]);
        int input = _inputCount++;
        PixelRect rect = region.Rect;
        string size = $"{rect.Width}:{rect.Height}";
        string shape = region.Fit == FitMode.Contain
            ? $"scale={size}:force_original_aspect_ratio=decrease:force_divisible_by=2:eval=frame:flags=bilinear,pad={size}:(ow-iw)/2:(oh-ih)/2:color=black:eval=frame"
            : $"scale={size}:force_original_aspect_ratio=increase:force_divisible_by=2:eval=frame:flags=bilinear,crop={size}:exact=1";
        long start = (long)Math.Round(piece.RecordingUs * (Ticks / 1e6));
        _chains.Add(
            $"[{input}:v:0]settb=1/{Ticks},setpts=PTS-({start}),{shape},setsar=1,format=yuv420p{LabelFilter(region, number)},"
            + $"fps={rate},tpad=stop=-1:stop_mode=clone,trim=start=0:end={Seconds(piece.FrameCount + 1)}[v{input}]");
        _chains.Add($"[{below}][v{input}]overlay=x={rect.X}:y={rect.Y}:eof_action=repeat:format=yuv420[o{input}]");
        return $"o{input}";
    }

    private string LabelFilter(SceneRegion region, int number)
    {
        int size = Math.Clamp(region.Rect.Height / 14, 9, 28) & ~1;
        int longest = (int)((region.Rect.Width - size) / (0.62 * size));
        string label = TileText.Label(region.Label, Math.Max(1, longest));
        if (!_labels || label.Length == 0 || region.Rect.Height < 6 * size || longest < 3)
        {
            return "";
        }

        string file = AddText($"label-{number}.txt", label);
        int border = Math.Max(2, size / 4);
        return $",drawtext=fontfile={FontName}:textfile={file}:expansion=none:fontcolor=white:fontsize={size}:box=1:boxcolor=black@0.5:boxborderw={border}:x={2 * border}:y=h-text_h-{2 * border}";
    }

    private string AddText(string file, string text)
    {
        _texts[file] = text;
        return file;
    }

    private string Seconds(long frames) => ((double)frames / _canvas.FrameRate).ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    // FNV-1a: the same participant has the same colour in every chunk and on every machine.
    private static string TileColour(string participantId)
    {
        uint hash = 2166136261;
        foreach (byte b in Encoding.UTF8.GetBytes(participantId))
        {
            hash = (hash ^ b) * 16777619;
        }

        ReadOnlySpan<string> colours = ["0x2f4858", "0x33658a", "0x5b4b8a", "0x7a4f6d", "0x3d6b5c", "0x6b5b3d", "0x4a5a6a", "0x6a3d3d"];
        return colours[(int)(hash % (uint)colours.Length)];
    }
}
