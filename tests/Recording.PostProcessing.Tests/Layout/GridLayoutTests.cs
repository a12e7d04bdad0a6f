using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Tests.Layout;

public sealed class GridLayoutTests
{
    private readonly GridLayout _grid = new();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(4, 2, 2)]
    [InlineData(5, 3, 2)]
    [InlineData(9, 3, 3)]
    [InlineData(10, 4, 3)]
    [InlineData(49, 7, 7)]
    public void A_wide_canvas_gets_the_columns_that_make_tiles_largest(int tiles, int columns, int rows)
    {
        IReadOnlyList<SceneRegion> regions = _grid.Arrange(StageOf(tiles), new Canvas(1280, 720, 30), 0);
        Assert.Equal(tiles, regions.Count);
        Assert.Equal(rows, regions.Select(region => region.Rect.Y).Distinct().Count());
        Assert.Equal(columns, regions.GroupBy(region => region.Rect.Y).Max(row => row.Count()));
    }

    [Fact]
    public void A_tall_canvas_stacks_two_people()
    {
        IReadOnlyList<SceneRegion> regions = _grid.Arrange(StageOf(2), new Canvas(360, 640, 30), 0);
        Assert.Equal(regions[0].Rect.X, regions[1].Rect.X);
        Assert.True(regions[1].Rect.Y > regions[0].Rect.Y);
    }

    [Property(MaxTest = 500)]
    public Property Tiles_are_even_equal_inside_and_never_overlap() => Prop.ForAll(
        Gen.Choose(1, 120).ToArbitrary(),
        Gen.Choose(32, 2048).Select(half => half * 2).ToArbitrary(),
        Gen.Choose(32, 2048).Select(half => half * 2).ToArbitrary(),
        (count, width, height) =>
        {
            var canvas = new Canvas(width, height, 30);
            Stage stage = StageOf(count);
            int pages = _grid.CountPages(stage, canvas);
            IReadOnlyList<SceneRegion>[] shown = [.. Enumerable.Range(0, pages).Select(page => _grid.Arrange(stage, canvas, page))];
            return shown.Sum(page => page.Count) == count && shown.All(page => IsSound(page, canvas));
        });

    private static bool IsSound(IReadOnlyList<SceneRegion> regions, Canvas canvas)
    {
        for (int i = 0; i < regions.Count; i++)
        {
            PixelRect a = regions[i].Rect;
            bool even = ((a.X | a.Y | a.Width | a.Height) & 1) == 0;
            bool inside = a.X >= 0 && a.Y >= 0 && a.Width >= 2 && a.Height >= 2 && a.X + a.Width <= canvas.Width && a.Y + a.Height <= canvas.Height;
            if (!even || !inside || a.Width != regions[0].Rect.Width || a.Height != regions[0].Rect.Height)
            {
                return false;
            }

            for (int j = i + 1; j < regions.Count; j++)
            {
                PixelRect b = regions[j].Rect;
                if (a.X < b.X + b.Width && b.X < a.X + a.Width && a.Y < b.Y + b.Height && b.Y < a.Y + a.Height)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static Stage StageOf(int count) => new([.. Enumerable.Range(0, count).Select(i => new StageSource { ParticipantId = $"p{i}", DisplayName = $"Person {i}" })]);
}
