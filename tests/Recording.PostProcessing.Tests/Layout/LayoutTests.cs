using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Tests.Layout;

public sealed class LayoutTests
{
    private static readonly Canvas Canvas = new(1280, 720, 30);

    private static readonly string[] Names = ["grid", "speaker", "screenshare", "pip", "single:p3", "audio-only"];

    [Fact]
    public void The_speaker_is_large_and_the_others_stand_in_a_strip()
    {
        IReadOnlyList<SceneRegion> regions = new SpeakerLayout().Arrange(StageOf(4, 0) with { SpeakerId = "p2" }, Canvas, 0);
        Assert.Equal("p2:0,0,1024,720 p0:1026,146,252,140 p1:1026,290,252,140 p3:1026,434,252,140", Describe(regions));
    }

    [Fact]
    public void Who_is_pinned_is_large_whoever_speaks()
    {
        Stage stage = StageOf(4, 0) with { SpeakerId = "p2", PinnedId = "p3" };
        Assert.Equal("p3", new SpeakerLayout().Arrange(stage, Canvas, 0)[0].ParticipantId);
        Assert.Equal("p3", new GridLayout().Arrange(stage, Canvas, 0)[0].ParticipantId);
    }

    [Fact]
    public void A_strip_that_is_too_short_has_pages()
    {
        var layout = new SpeakerLayout();
        Stage stage = StageOf(12, 0);
        Assert.Equal(3, layout.CountPages(stage, Canvas));
        Assert.Equal(11, Enumerable.Range(0, 3).SelectMany(page => layout.Arrange(stage, Canvas, page).Skip(1)).Select(region => region.ParticipantId).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void The_newest_shared_screen_is_large_with_the_speaker_beside_it()
    {
        Stage stage = StageOf(3, 2) with { SpeakerId = "p1" };
        IReadOnlyList<SceneRegion> regions = new ScreenshareLayout().Arrange(stage, Canvas, 0);
        Assert.Equal("screen-1 p1-video screen-0 p0-video p2-video", string.Join(' ', regions.Select(region => region.TrackId)));
        Assert.Equal("p2", new ScreenshareLayout().Arrange(StageOf(3, 0) with { SpeakerId = "p2" }, Canvas, 0)[0].ParticipantId);
    }

    [Fact]
    public void Picture_in_picture_covers_its_corner()
    {
        IReadOnlyList<SceneRegion> regions = new PipLayout().Arrange(StageOf(3, 1) with { SpeakerId = "p2" }, Canvas, 0);
        Assert.Equal("p0:0,0,1280,720 p2:942,522,320,180", Describe(regions));
        Assert.True(regions[1].Z > regions[0].Z);
    }

    [Fact]
    public void A_single_participant_is_shown_alone_and_nothing_while_away()
    {
        Assert.Equal("p1:0,0,1280,720", Describe(new SingleLayout("p1").Arrange(StageOf(3, 1), Canvas, 0)));
        Assert.Empty(new SingleLayout("nobody").Arrange(StageOf(3, 1), Canvas, 0));
    }

    [Fact]
    public void Audio_only_shows_initials_and_no_screens()
    {
        IReadOnlyList<SceneRegion> regions = new AudioOnlyLayout().Arrange(StageOf(3, 2), Canvas, 0);
        Assert.Equal(3, regions.Count);
        Assert.All(regions, region => Assert.Null(region.TrackId));
    }

    [Property(MaxTest = 200)]
    public Property Every_layout_stays_inside_the_picture_on_even_pixels_and_shows_nothing_twice() => Prop.ForAll(
        Gen.Choose(0, 60).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(32, 1024).Select(half => half * 2).ArrayOf(2).ToArbitrary(),
        (people, screens, size) =>
        {
            var canvas = new Canvas(size[0], size[1], 30);
            Stage stage = StageOf(people, Math.Min(screens, people)) with { SpeakerId = "p1" };
            return Array.TrueForAll(Names, row =>
            {
                ILayout layout = Layouts.Find(row)!;
                return Enumerable.Range(0, layout.CountPages(stage, canvas)).All(page => IsSound(layout.Arrange(stage, canvas, page), canvas));
            });
        });

    private static bool IsSound(IReadOnlyList<SceneRegion> regions, Canvas canvas) =>
        regions.All(region => region.Rect is { X: >= 0, Y: >= 0, Width: >= 2, Height: >= 2 } rect
            && rect.X % 2 == 0 && rect.Y % 2 == 0 && rect.Width % 2 == 0 && rect.Height % 2 == 0
            && rect.X + rect.Width <= canvas.Width && rect.Y + rect.Height <= canvas.Height)
        && regions.Select(region => (region.ParticipantId, region.TrackId)).Distinct().Count() == regions.Count;

    internal static Stage StageOf(int people, int screens) => new(
    [
        .. Enumerable.Range(0, screens).Select(i => new StageSource { ParticipantId = $"p{i}", DisplayName = $"P{i}", TrackId = $"screen-{i}", IsScreenshare = true, SinceUs = 1000 + i }),
        .. Enumerable.Range(0, people).Select(i => new StageSource { ParticipantId = $"p{i}", DisplayName = $"P{i}", TrackId = $"p{i}-video", SinceUs = i }),
    ]);

    internal static string Describe(IReadOnlyList<SceneRegion> regions) =>
        string.Join(' ', regions.Select(region => $"{region.ParticipantId}:{region.Rect.X},{region.Rect.Y},{region.Rect.Width},{region.Rect.Height}"));
}
