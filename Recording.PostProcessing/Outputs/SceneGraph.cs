using System.Globalization;
using System.Text;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>
/// FFmpeg's arguments for one piece: inputs, filter graph, and the files that the graph names. Pure. No name of a person is ever part of
/// an argument: <c>drawtext</c> reads it from a file, without expansion.
/// </summary>
public sealed class SceneGraph
{
    /// <summary>Name of the font file in the working directory.</summary>
    public const string FontName = "font.ttf";

    /// <summary>Name of the captions in the working directory, in the piece's own time.</summary>
    public const string CaptionsName = "captions.vtt";

    // On whole pixels: from FFmpeg 7 on text at half a pixel is drawn so, and is blurred.
    private const string MiddleX = "floor((w-text_w)/2)";
    private const string MiddleY = "floor((h-text_h)/2)";
    private const int Ticks = 90_000;
    private readonly List<string> _inputs = [];
    private readonly List<string> _chains = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _images = new(StringComparer.Ordinal);
    private readonly SceneStyle _style;
    private readonly PlannedPiece _piece;
    private readonly Canvas _canvas;
    private int _inputCount;
    private int _steps;

    private SceneGraph(PlannedPiece piece, SceneStyle style)
    {
        _piece = piece;
        _style = style;
        _canvas = style.Canvas;
    }

    /// <summary>Input arguments, in order.</summary>
    public IReadOnlyList<string> Inputs => _inputs;

    /// <summary>The filter graph; its output is <c>[out]</c>.</summary>
    public string Filter => string.Join(';', _chains);

    /// <summary>File name -> text, to be written as UTF-8 into the working directory.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>File name -> pixels, to be written into the working directory.</summary>
    public IReadOnlyDictionary<string, byte[]> Images => _images;

    /// <summary>Builds it.</summary>
    /// <param name="piece">What is shown.</param>
    /// <param name="style">How it looks.</param>
    /// <param name="media">Track id -> its slice, timestamps in recording time; a track without pictures is left out and shows initials.</param>
    public static SceneGraph Build(PlannedPiece piece, SceneStyle style, IReadOnlyDictionary<string, TrackSlice> media)
    {
        ArgumentNullException.ThrowIfNull(piece);
        ArgumentNullException.ThrowIfNull(style);
        ArgumentNullException.ThrowIfNull(media);
        var graph = new SceneGraph(piece, style);
        TrackSlice?[] slices = [.. piece.Regions.Select(region => region.TrackId is { } id && media.TryGetValue(id, out TrackSlice? slice) ? slice : null)];
        string top = graph.AddBackdrop(slices, out IReadOnlyDictionary<int, string> raised);
        for (int i = 0; i < piece.Regions.Count; i++)
        {
            if (raised.TryGetValue(i, out string? tile))
            {
                top = graph.Overlay(top, tile, piece.Regions[i].Rect);
            }

            if (slices[i] is { } slice)
            {
                top = graph.AddVideo(i, slice, top);
            }
        }

        top = graph.AddSigns(top);
        graph._chains.Add($"[{top}]{graph.OverlayTexts()}format=yuv420p[out]");
        return graph;
    }

    // Everything that does not move is drawn once, on one frame that is then repeated: tiles with initials lie under each video, and show until its first
    // picture comes. A tile that lies over another one's video is drawn again above it.
    private string AddBackdrop(TrackSlice?[] slices, out IReadOnlyDictionary<int, string> raised)
    {
        string rate = Number(_canvas.FrameRate);
        string size = $"{_canvas.Width}x{_canvas.Height}";
        Dictionary<int, string> above = [];
        string ground = $"color=c=0x{_style.Background:x6}:s={size}:r={rate},trim=end_frame=1,format=yuv420p";
        if (_style.BackgroundInput.Count > 0)
        {
            int image = AddInput(_style.BackgroundInput);
            _chains.Add($"{ground}[ground]");
            _chains.Add(
                $"[{image}:v:0]trim=end_frame=1,scale={_canvas.Width}:{_canvas.Height}:force_original_aspect_ratio=increase,crop={_canvas.Width}:{_canvas.Height},setsar=1,format=yuva420p[image]");
            ground = "[ground][image]overlay=format=yuv420";
        }

        _chains.Add($"{ground}[b0]");
        int count = _piece.Regions.Count;
        if (count > 0)
        {
            int art = AddImage("tiles.rgba", TileArt.Tiles(_canvas, _piece.Regions));
            _chains.Add($"[{art}:v:0]split={count + 1}{string.Concat(Enumerable.Range(0, count + 1).Select(i => $"[p{i}]"))}");
            _chains.Add($"[b0][p{count}]overlay=format=yuv420[c0]");
            for (int i = 0; i < count; i++)
            {
                PixelRect rect = _piece.Regions[i].Rect;
                bool covers = Enumerable.Range(0, i).Any(below => slices[below] is not null && Touch(rect, _piece.Regions[below].Rect));
                _chains.Add($"[p{i}]crop={rect.Width}:{rect.Height}:{rect.X}:{rect.Y}:exact=1,format=yuv420p{InitialsFilter(i)}{LabelFilter(i)}{(covers ? $",split[t{i}][u{i}]" : $"[t{i}]")}");
                _chains.Add($"[c{i}][t{i}]overlay=x={rect.X}:y={rect.Y}:format=yuv420[c{i + 1}]");
                if (covers)
                {
                    above[i] = $"u{i}";
                }
            }
        }

        raised = above;
        string card = _piece.IsPause ? $",{Text("card.txt", "Recording paused", Math.Clamp(_canvas.Height / 14, 12, 72), MiddleX, MiddleY)}" : "";
        _chains.Add($"[{(count > 0 ? $"c{count}" : "b0")}]trim=end_frame=1{card},loop=loop=-1:size=1,settb=1/{rate},setpts=N,trim=end_frame={_piece.FrameCount}[base]");
        return "base";
    }

    private string AddVideo(int number, TrackSlice slice, string below)
    {
        SceneRegion region = _piece.Regions[number];
        int input = AddInput(["-noautorotate", "-reinit_filter", "0", "-threads", "1", "-f", "matroska", "-i", "file:" + slice.File.FullName]);
        long start = (long)Math.Round(_piece.RecordingUs * (Ticks / 1e6));

        // Pictures between the key frame and the one in force at the cut, and those behind the piece, are decoded and no more.
        string entry = (slice.EntrySeconds - (_piece.RecordingUs / 1e6) - 0.0005).ToString("0.000000", CultureInfo.InvariantCulture);
        string source = $"[{input}:v:0]settb=1/{Ticks},{LastPictureAgain()},setpts=PTS-({start}),trim=start={entry}:end={Seconds(_piece.FrameCount + 2)}";
        IGrouping<(int Clockwise, bool IsFlipped), TurnedSpan>[] turns =
            [.. TurnedSpan.Cut(_piece, slice.Turns, _canvas.FrameRate).GroupBy(span => (span.Clockwise, span.IsFlipped))];
        if (turns is [{ Key: var only }])
        {
            _chains.Add($"{source},{Picture(number, only.Clockwise, only.IsFlipped)}[v{number}]");
            return Overlay(below, $"v{number}", region.Rect);
        }

        _chains.Add($"{source},split={turns.Length}{string.Concat(turns.Select((_, i) => $"[w{number}t{i}]"))}");
        for (int i = 0; i < turns.Length; i++)
        {
            string when = string.Join('+', turns[i].Select(span => $"between(t,{Seconds(span.FirstFrame - 0.5)},{Seconds(span.EndFrame - 0.5)})"));
            _chains.Add($"[w{number}t{i}]{Picture(number, turns[i].Key.Clockwise, turns[i].Key.IsFlipped)}[v{number}t{i}]");
            below = Overlay(below, $"v{number}t{i}", region.Rect, $":enable='{when}'");
        }

        return below;
    }

    // Turned after it is fitted, because transpose does not follow a change of size.
    private string Picture(int number, int clockwise, bool isFlipped)
    {
        SceneRegion region = _piece.Regions[number];
        string size = clockwise is 90 or 270 ? $"{region.Rect.Height}:{region.Rect.Width}" : $"{region.Rect.Width}:{region.Rect.Height}";
        FitMode fit = region.Fit ?? (region.IsScreenshare ? FitMode.Contain : _style.Fit);
        string shape = fit == FitMode.Contain
            ? $"scale={size}:force_original_aspect_ratio=decrease:force_divisible_by=2:eval=frame:flags=bilinear,pad={size}:(ow-iw)/2:(oh-ih)/2:color=0x{TileArt.TileColour:x6}:eval=frame"
            : $"scale={size}:force_original_aspect_ratio=increase:force_divisible_by=2:eval=frame:flags=bilinear,crop={size}:exact=1";
        return $"{shape},{TurnedSpan.Filter(clockwise, isFlipped)}setsar=1,format=yuv420p{LabelFilter(number)},{OnFrameGrid()}";
    }

    // The fps filter leaves out a last picture, because nobody knows how long it lasts: it is repeated for a frame of the output. Each time takes as long as a picture
    // of the frame rate that FFmpeg guesses, at least 1 ms (Matroska's unit). Before setpts, which in FFmpeg 7 forgets the rate, and then no time would pass.
    private string LastPictureAgain() => $"tpad=stop={(1000 / _canvas.FrameRate) + 2}:stop_mode=clone";

    private string OnFrameGrid() => $"fps={_canvas.FrameRate},tpad=stop=-1:stop_mode=clone,trim=start=0:end={Seconds(_piece.FrameCount + 1)}";

    private string AddSigns(string below)
    {
        foreach (IGrouping<int, IGrouping<int, MutedSpan>> sized in _piece.Muted.GroupBy(span => span.Region).GroupBy(spans => TileArt.Sign(_piece.Regions[spans.Key].Rect)).Where(sized => sized.Key > 0))
        {
            int side = sized.Key;
            int input = AddImage($"sign-{side}.rgba", TileArt.MicrophoneOff(side));
            IGrouping<int, MutedSpan>[] tiles = [.. sized];
            _chains.Add($"[{input}:v:0]split={tiles.Length}{string.Concat(tiles.Select(tile => $"[s{tile.Key}]"))}");
            foreach (IGrouping<int, MutedSpan> tile in tiles)
            {
                PixelRect rect = _piece.Regions[tile.Key].Rect;
                string when = string.Join('+', tile.Select(span => $"between(n,{span.FirstFrame},{span.EndFrame - 1})"));
                int margin = Math.Max(2, side / 4);
                _chains.Add($"[{below}][s{tile.Key}]overlay=x={rect.X + rect.Width - side - margin}:y={rect.Y + rect.Height - side - margin}:eof_action=repeat:format=yuv420:enable='{when}'[o{_steps}]");
                below = $"o{_steps++}";
            }
        }

        return below;
    }

    private string OverlayTexts()
    {
        int size = Math.Clamp(_canvas.Height / 26, 10, 40);
        var filters = new StringBuilder();
        if (_style.Captions)
        {
            filters.Append(CultureInfo.InvariantCulture, $"subtitles=filename={CaptionsName}:fontsdir=.:force_style='FontName=DejaVu Sans,FontSize=15,Outline=1,Shadow=0,MarginV=18',");
        }

        if (_style.Title.Length > 0)
        {
            filters.Append(Text("title.txt", TileText.Label(_style.Title, Math.Max(8, (int)(_canvas.Width * 0.6 / (0.62 * size)))), size, Number(size), Number(size), box: true)).Append(',');
        }

        if (_style.Clock != "none")
        {
            // The only text that FFmpeg expands: it is made of numbers alone.
            _texts["clock.txt"] = _style.Clock == "wall"
                ? string.Create(CultureInfo.InvariantCulture, $"%{{pts:gmtime:{ClockStart(_style.OriginUs)}:%Y-%m-%d %H\\:%M\\:%S UTC}}")
                : RecordedClock(ClockStart(0));
            filters.Append(CultureInfo.InvariantCulture, $"drawtext=fontfile={FontName}:textfile=clock.txt:fontcolor=white:fontsize={size}:box=1:boxcolor=black@0.5:boxborderw={size / 3}:x=w-text_w-{size}:y={size},");
        }

        return filters.ToString();
    }

    // Times of frames are rounded to the microsecond: one that is due at a whole second shows it.
    private string ClockStart(long originUs) => ((originUs + _piece.RecordingUs + 1) / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);

    // A date's hours would begin anew each day.
    private static string RecordedClock(string start) => $"%{{eif:floor((t+{start})/3600):d:2}}:%{{eif:mod(floor((t+{start})/60),60):d:2}}:%{{eif:mod(floor(t+{start}),60):d:2}}";

    private string InitialsFilter(int number)
    {
        SceneRegion region = _piece.Regions[number];
        int size = TileArt.Disc(region.Rect) * 42 / 100;
        return size < 5 ? "" : "," + Text($"initials-{number}.txt", TileText.Initials(region.Name), size, MiddleX, MiddleY);
    }

    private string LabelFilter(int number)
    {
        SceneRegion region = _piece.Regions[number];
        int size = Math.Clamp(region.Rect.Height / 14, 9, 28) & ~1;
        int longest = (int)((region.Rect.Width - size - (2 * TileArt.Sign(region.Rect))) / (0.62 * size));
        string label = TileText.Label(region.Label, Math.Max(1, longest));
        if (!_style.Labels || label.Length == 0 || region.Rect.Height < 6 * size || longest < 3)
        {
            return "";
        }

        int border = Math.Max(2, size / 4);
        return "," + Text($"label-{number}.txt", label, size, Number(2 * border), $"h-text_h-{2 * border}", box: true, border);
    }

    private string Text(string file, string text, int size, string x, string y, bool box = false, int border = 0)
    {
        _texts[file] = text;
        string behind = box ? $":box=1:boxcolor=black@0.5:boxborderw={(border > 0 ? border : size / 3)}" : "";
        return $"drawtext=fontfile={FontName}:textfile={file}:expansion=none:fontcolor=white:fontsize={size}{behind}:x={x}:y={y}";
    }

    private string Overlay(string below, string above, PixelRect rect, string when = "")
    {
        _chains.Add($"[{below}][{above}]overlay=x={rect.X}:y={rect.Y}:eof_action=repeat:format=yuv420{when}[o{_steps}]");
        return $"o{_steps++}";
    }

    private int AddImage(string file, Raster raster)
    {
        _images[file] = raster.Pixels;
        return AddInput(["-f", "rawvideo", "-pixel_format", "rgba", "-video_size", $"{raster.Width}x{raster.Height}", "-framerate", Number(_canvas.FrameRate), "-i", file]);
    }

    private int AddInput(IEnumerable<string> arguments)
    {
        _inputs.AddRange(arguments);
        return _inputCount++;
    }

    private static bool Touch(PixelRect a, PixelRect b) =>
        a.X < b.X + b.Width && b.X < a.X + a.Width && a.Y < b.Y + b.Height && b.Y < a.Y + a.Height;

    private string Seconds(double frames) => (frames / _canvas.FrameRate).ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
