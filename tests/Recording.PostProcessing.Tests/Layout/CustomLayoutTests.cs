using NJsonSchema;
using Recording.Model;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Layout;

public sealed class CustomLayoutTests
{
    private static readonly Canvas Canvas = new(1280, 720, 30);

    [Fact]
    public void Regions_take_sources_in_order_and_each_source_once()
    {
        CustomLayout layout = Read("""
            {"regions":[
              {"x":0,"y":0,"width":"75%","height":"100%","sources":["screen:*","speaker"],"max_rows":1,"max_columns":1},
              {"x":"75%","y":0,"width":"25%","height":"100%","sources":["camera:p2","camera:*","!camera:p0"],"max_columns":1,"z":1,"fit":"cover","labels":false}]}
            """);
        IReadOnlyList<SceneRegion> regions = layout.Arrange(LayoutTests.StageOf(4, 1), Canvas, 0);
        Assert.Equal("screen-0 p2-video p1-video p3-video", string.Join(' ', regions.Select(region => region.TrackId)));
        Assert.Equal(new PixelRect(0, 0, 960, 720), regions[0].Rect);
        Assert.All(regions.Skip(1), region => Assert.True(region is { Z: 1, Fit: FitMode.Cover, Label: "" }));
        Assert.Equal("P0 (screen)", regions[0].Label);
        Assert.True(layout.FollowsSpeaker);
    }

    [Theory]
    [InlineData("oldest", "a b")]
    [InlineData("newest", "c d")]
    public void Too_few_cells_go_to_the_oldest_or_the_newest(string reuse, string shown)
    {
        CustomLayout layout = Read($$"""{"regions":[{"sources":["*"],"max_rows":1,"max_columns":2,"reuse":"{{reuse}}"}]}""");
        Assert.Equal(shown, Shown(layout, 5));
    }

    [Fact]
    public void A_freed_cell_goes_to_who_waited_longest_or_stays_empty_with_reuse_none()
    {
        Assert.Equal("b c", Shown(Read("""{"regions":[{"sources":["*"],"max_rows":1,"max_columns":2}]}"""), 7));
        CustomLayout none = Read("""{"regions":[{"sources":["*"],"max_rows":1,"max_columns":2,"reuse":"none"}]}""");
        Assert.Equal("a b", Shown(none, 5));
        Assert.Equal("b", Shown(none, 7));
        Assert.Equal(642, Scenes(none).Single(scene => scene.FirstFrame == 150).Regions[0].Rect.X);

        // Who speaks is another one each time: no cell can be his for ever.
        Assert.Equal("", Shown(Read("""{"regions":[{"sources":["speaker"],"reuse":"none"}]}"""), 5));
    }

    [Fact]
    public void Excluded_cells_stay_empty()
    {
        CustomLayout layout = Read("""{"regions":[{"sources":["*"],"max_rows":2,"max_columns":2,"cells_excluded":[0,3]}]}""");
        Assert.Equal("p0:642,2,636,356 p1:2,362,636,356", LayoutTests.Describe(layout.Arrange(LayoutTests.StageOf(4, 0), Canvas, 0)));
    }

    [Fact]
    public void Sources_are_ordered_by_name_or_with_the_speaker_first()
    {
        Stage stage = LayoutTests.StageOf(3, 0) with { SpeakerId = "p2" };
        stage = stage with { Sources = [.. stage.Sources.Select((source, i) => source with { DisplayName = "zyx"[i].ToString() })] };
        Assert.Equal("p2 p1 p0", Order("name"));
        Assert.Equal("p2 p0 p1", Order("speaker"));
        Assert.Equal("p0 p1 p2", Order("joined"));

        string Order(string order) => string.Join(
            ' ', Read($$"""{"regions":[{"sources":["camera:p*"],"order":"{{order}}"}]}""").Arrange(stage, Canvas, 0).Select(region => region.ParticipantId));
    }

    [Theory]
    [InlineData("""{}""", "layout.regions: expected at least one region")]
    [InlineData("""{"regions":7}""", "layout.regions: expected an array, found Number")]
    [InlineData("""{"regions":[7]}""", "layout.regions[0]: expected a JSON object, found Number")]
    [InlineData("""{"regions":[{}]}""", "layout.regions[0].sources: expected an array of *, speaker, camera:PEER")]
    [InlineData("""{"regions":[{"sources":["camera"]}]}""", "layout.regions[0].sources[0]: expected *, speaker, camera:PEER, screen:PEER or track:ID")]
    [InlineData("""{"regions":[{"sources":["!camera:*"]}]}""", "layout.regions[0].sources: nothing is taken")]
    [InlineData("""{"regions":[{"sources":["*"]},{"sources":["*"],"x":-1}]}""", "layout.regions[1].x: expected pixels from 0 to 4096 or a text from")]
    [InlineData("""{"regions":[{"sources":["*"],"width":"101%"}]}""", "layout.regions[0].width: expected pixels from 0 to 4096")]
    [InlineData("""{"regions":[{"sources":["*"],"width":"1e1%"}]}""", "layout.regions[0].width: expected pixels from 0 to 4096")]
    [InlineData("""{"regions":[{"sources":["*"],"x":"60%","width":"50%"}]}""", "layout.regions[0].width: the region ends at pixel 1408, beyond the picture's 1280")]
    [InlineData("""{"regions":[{"sources":["*"],"height":8}]}""", "layout.regions[0].height: expected at least 16 pixels, found 8")]
    [InlineData("""{"regions":[{"sources":["*"],"z":1001}]}""", "layout.regions[0].z: expected -1000 to 1000, found 1001")]
    [InlineData("""{"regions":[{"sources":["*"],"reuse":"never"}]}""", "layout.regions[0].reuse: expected one of oldest, newest, none, found \"never\"")]
    [InlineData("""{"regions":[{"sources":["*"],"order":3}]}""", "layout.regions[0].order: expected a text, found Number")]
    [InlineData("""{"regions":[{"sources":["*"],"fit":"stretch"}]}""", "layout.regions[0].fit: expected one of contain, cover")]
    [InlineData("""{"regions":[{"sources":["*"],"max_rows":0}]}""", "layout.regions[0].max_rows: expected 1 to 49, found 0")]
    [InlineData("""{"regions":[{"sources":["*"],"cells_excluded":[1]}]}""", "layout.regions[0].cells_excluded: max_columns and max_rows must say")]
    [InlineData("""{"regions":[{"sources":["*"],"max_rows":1,"max_columns":2,"cells_excluded":[2]}]}""", "layout.regions[0].cells_excluded: expected cells from 0 to 1, found 2")]
    [InlineData("""{"regions":[{"sources":["*"],"max_rows":1,"max_columns":1,"cells_excluded":[0]}]}""", "layout.regions[0].cells_excluded: no cell is left")]
    [InlineData("""{"regions":[{"sources":["*"],"labels":"yes"}]}""", "layout.regions[0].labels: expected true or false")]
    [InlineData("""{"regions":[{"sources":["*"],"colour":"red"}]}""", "layout.regions[0].colour: no such field; there are ")]
    public void Each_bad_field_is_named_with_its_path(string json, string expected)
    {
        var error = Assert.Throws<RecordingException>(() => Read(json));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_agrees_with_the_reader()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "schemas", "layout.schema.json")));
        const string Good = """
            {"$schema":"layout.schema.json","regions":[{"name":"a","x":"10%","y":2,"width":"12.5%","height":100,"z":-1,"sources":["*","!camera:a*","speaker","screen:*","track:t"],"order":"speaker",
            "reuse":"none","max_columns":2,"max_rows":2,"cells_excluded":[3],"fit":"cover","labels":false,"initials":false}]}
            """;
        Assert.Empty(schema.Validate(Good));
        Assert.Equal(4, Assert.Single(Read(Good).Regions).Sources.Count - 1);
        foreach (string bad in new[]
        {
            "{}", """{"regions":[]}""", """{"regions":[{}]}""", """{"regions":[{"sources":["camera"]}]}""", """{"regions":[{"sources":["*"],"x":-1}]}""", """{"regions":[{"sources":["*"],"x":"101%"}]}""",
            """{"regions":[{"sources":["*"],"z":1001}]}""", """{"regions":[{"sources":["*"],"reuse":"never"}]}""", """{"regions":[{"sources":["*"],"max_rows":0}]}""", """{"regions":[{"sources":["*"],"colour":"red"}]}""",
        })
        {
            Assert.NotEmpty(schema.Validate(bad));
            Assert.Throws<RecordingException>(() => Read(bad));
        }
    }

    [Theory]
    [InlineData("""{"timeline":[{"layout":"grid"}]}""", "state.timeline[0].at_s: expected seconds since the recording began")]
    [InlineData("""{"timeline":[{"at_s":5},{"at_s":4}]}""", "state.timeline[1].at_s: expected times in order, found 4 after 5")]
    [InlineData("""{"timeline":[{"at_s":5,"layout":"spiral"}]}""", "state.timeline[0].layout: expected one of grid")]
    [InlineData("""{"timeline":[{"at_s":5,"layout":{"regions":[{}]}}]}""", "state.timeline[0].layout.regions[0].sources: expected an array")]
    [InlineData("""{"timeline":[{"at_s":5,"mute":"x"}]}""", "state.timeline[0].mute: expected an array, found String")]
    [InlineData("""{"muted_tracks":[1]}""", "state.muted_tracks[0]: expected a text")]
    public void Each_bad_field_of_a_state_is_named_with_its_path(string json, string expected)
    {
        var error = Assert.Throws<RecordingException>(() => CompositionSettings.Parse($$"""{"state":{{json}}}"""));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_changes_layouts_pins_and_mutes_over_time()
    {
        CompositionSettings settings = CompositionSettings.Parse("""
            {"layout":"grid","state":{"muted_tracks":["b-video"],"timeline":[
              {"at_s":2,"layout":"speaker","pin":"b"},{"at_s":4,"unmute":["b-video"]},{"at_s":6,"pin":null,"mute":["a-audio"]}]}}
            """);
        RecordedTimeline room = Rooms.Of(8, ("a", 0, 8), ("b", 0, 8));
        CompositionPlan plan = CompositionPlan.Create(room, settings with { FrameRate = 10 }, new RenderOptions());
        Assert.Equal("0:a-video+- 20:-+a-video 40:b-video+a-video 60:a-video+b-video", string.Join(' ', plan.Pieces().Select(piece => $"{piece.FirstFrame}:{string.Join('+', piece.Regions.Select(region => region.TrackId ?? "-"))}")));
        Assert.Equal(new TimeInterval(6_000_000, 8_000_000), Assert.Single(plan.Muted["a-audio"]));
        Assert.Equal(settings, CompositionSettings.Parse(settings.ToJson()));
    }

    [Fact]
    public void A_hostile_pattern_is_matched_in_little_time()
    {
        SourcePattern pattern = SourcePattern.Parse("camera:" + string.Concat(Enumerable.Repeat("*a", 140)) + "*b")!;
        Assert.False(pattern.Matches(new StageSource { ParticipantId = new string('a', 5000), DisplayName = "" }, null));
    }

    private static CustomLayout Read(string json) => CompositionSettings.Parse($$"""{"layout":{{json}}}""").Custom!;

    private static IReadOnlyList<Scene> Scenes(ILayout layout) =>
        SceneTimeline.Build(Rooms.Of(10, ("a", 0, 6), ("b", 1, 10), ("c", 2, 10), ("d", 3, 10)), layout, Canvas with { FrameRate = 25 });

    private static string Shown(ILayout layout, double second) =>
        string.Join(' ', Scenes(layout).Single(scene => scene.FirstFrame <= second * 25 && scene.EndFrame > second * 25).Regions.Select(region => region.ParticipantId).Order(StringComparer.Ordinal));
}
