using System.Text.Json;
using Recording.PostProcessing.Specs;

namespace Recording.PostProcessing.Layout;

/// <summary>An editor's decisions over the recorded ones: a timeline of layout and pin changes, and muted tracks. Immutable.</summary>
public sealed class CompositionState
{
    private const int MostEntries = 10_000;
    private const int MostTracks = 1000;
    private const double LongestSeconds = 7 * 24 * 3600;
    private readonly List<Entry> _entries = [];
    private readonly IReadOnlyList<string> _muted;

    private CompositionState(IReadOnlyList<string> muted, string json)
    {
        _muted = muted;
        Json = json;
    }

    /// <summary>The document, compact.</summary>
    public string Json { get; }

    /// <summary>The layouts over time.</summary>
    /// <param name="first">Holds until the first change.</param>
    public LayoutScript Script(ILayout first)
    {
        var step = new LayoutStep(0, first, null, new HashSet<string>(_muted, StringComparer.Ordinal));
        List<LayoutStep> steps = [step];
        foreach (Entry entry in _entries)
        {
            HashSet<string> muted = new(step.Muted, StringComparer.Ordinal);
            muted.UnionWith(entry.Mute);
            muted.ExceptWith(entry.Unmute);
            step = new LayoutStep(entry.AtUs, entry.Layout ?? step.Layout, entry.ChangesPin ? entry.Pin : step.PinnedId, muted);
            if (steps[^1].AtUs == step.AtUs)
            {
                steps.RemoveAt(steps.Count - 1);
            }

            steps.Add(step);
        }

        return new LayoutScript(steps);
    }

    /// <summary>Reads one; null when there is a problem.</summary>
    internal static CompositionState? Read(JsonElement element, string path, Canvas canvas, List<string> problems)
    {
        int before = problems.Count;
        if (SpecObject.Open(element, path, problems) is not { } root)
        {
            return null;
        }

        var state = new CompositionState(root.Texts("muted_tracks", MostTracks), JsonSerializer.Serialize(element));
        double last = 0;
        foreach ((string itemPath, JsonElement value) in root.Items("timeline", MostEntries))
        {
            if (SpecObject.Open(value, itemPath, problems) is not { } item)
            {
                continue;
            }

            double at = item.Number("at_s", LongestSeconds) ?? -1;
            if (!item.TryGet("at_s", out _))
            {
                item.Problem("at_s", "expected seconds since the recording began");
            }
            else if (at >= 0 && at < last)
            {
                item.Problem("at_s", $"expected times in order, found {at} after {last}");
            }

            last = Math.Max(last, at);
            state._entries.Add(new Entry
            {
                AtUs = (long)Math.Round(Math.Max(0, at) * 1e6),
                Layout = item.TryGet("layout", out JsonElement layout) ? ReadLayout(item, layout, canvas, problems) : null,
                ChangesPin = value.TryGetProperty("pin", out _),
                Pin = item.Text("pin") is { Length: > 0 } pin ? pin : null,
                Mute = item.Texts("mute", MostTracks),
                Unmute = item.Texts("unmute", MostTracks),
            });
            item.Close();
        }

        root.Close();
        return problems.Count == before ? state : null;
    }

    /// <summary>A layout: its name, or an object that describes one.</summary>
    internal static ILayout? ReadLayout(SpecObject owner, JsonElement value, Canvas canvas, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return CustomLayoutReader.Read(value, owner.PathOf("layout"), canvas, problems);
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            owner.Problem("layout", $"expected a name or an object, found {value.ValueKind}");
            return null;
        }

        string name = value.GetString()!;
        ILayout? layout = name.Length <= 300 ? Layouts.Find(name) : null;
        if (layout is null && name.Length > 0)
        {
            owner.Problem("layout", $"expected one of {string.Join(", ", Layouts.Names)}, or an object with regions, found {SpecObject.Quote(name)}");
        }

        return layout;
    }

    private sealed record Entry
    {
        public required long AtUs { get; init; }

        public ILayout? Layout { get; init; }

        public bool ChangesPin { get; init; }

        public string? Pin { get; init; }

        public IReadOnlyList<string> Mute { get; init; } = [];

        public IReadOnlyList<string> Unmute { get; init; } = [];
    }
}
