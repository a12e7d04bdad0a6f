using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Timeline;

public sealed class SceneTimelineTests
{
    private static readonly Canvas Canvas = new(640, 360, 25);

    [Fact]
    public void A_scene_changes_when_someone_joins_or_leaves()
    {
        IReadOnlyList<Scene> scenes = Build(Rooms.Of(10, ("alice", 0, 10), ("bob", 2, 6)));
        Assert.Equal("0+50:1 50+100:2 150+100:1", Describe(scenes));
    }

    [Fact]
    public void A_paused_camera_leaves_a_tile_with_initials()
    {
        RecordedTimeline room = Rooms.Of(10, ("alice", 0, 10));
        room = room with { Tracks = [Rooms.Track("alice", isAudio: false, Rooms.Interval(0, 4), Rooms.Interval(7, 10)), Rooms.Track("alice", isAudio: true, Rooms.Interval(0, 10))] };
        IReadOnlyList<Scene> scenes = Build(room);
        Assert.Equal("0+100:1 100+75:1 175+75:1", Describe(scenes));
        Assert.Equal("alice-video,,alice-video", string.Join(',', scenes.Select(scene => scene.Regions[0].TrackId)));
    }

    [Fact]
    public void A_shared_screen_has_a_tile_of_its_own_which_goes_with_it()
    {
        RecordedTimeline room = Rooms.Of(10, ("alice", 0, 10));
        room = room with { Tracks = [.. room.Tracks, Rooms.Track("alice", isAudio: false, Rooms.Interval(3, 5)) with { TrackId = "alice-screen", IsScreenshare = true }] };
        IReadOnlyList<Scene> scenes = Build(room);
        Assert.Equal("0+75:1 75+50:2 125+125:1", Describe(scenes));
        Assert.Equal("alice-screen", scenes[1].Regions[0].TrackId);
    }

    [Fact]
    public void Someone_who_is_only_heard_gets_a_tile_and_someone_never_recorded_does_not()
    {
        RecordedTimeline room = Rooms.Of(10, ("alice", 0, 10), ("bob", 0, 10));
        room = room with { Tracks = [.. room.Tracks.Where(track => track.ParticipantId == "alice" && track.IsAudio)] };
        Scene scene = Assert.Single(Build(room));
        Assert.Null(Assert.Single(scene.Regions).TrackId);
    }

    [Fact]
    public void A_scene_under_half_a_second_joins_a_neighbour()
    {
        Assert.Equal("0+250:1", Describe(Build(Rooms.Of(10, ("alice", 0, 10), ("bob", 4, 4.4)))));
        Assert.Equal("0+60:1 60+190:4", Describe(Build(Rooms.Of(10, ("a", 0, 10), ("b", 2, 10), ("c", 2.2, 10), ("d", 2.4, 10)))));
    }

    [Fact]
    public void Pauses_are_cut_out_and_a_change_during_one_shows_at_the_cut()
    {
        RecordedTimeline room = Rooms.Of(10, ("alice", 0, 10), ("bob", 5, 10)) with { Pauses = [Rooms.Interval(4, 6)] };
        Assert.Equal("0+100:1 100+100:2", Describe(Build(room)));
        var clock = new OutputClock(room.DurationUs, room.Pauses, 25);
        Assert.Equal("(0,50,0) (50,50,2000000) (100,100,6000000)", string.Join(' ', new[] { clock.Split(0, 50), clock.Split(50, 150) }.SelectMany(pieces => pieces).Select(piece => $"({piece.FirstFrame},{piece.FrameCount},{piece.RecordingUs})")));
    }

    [Fact]
    public void Over_49_tiles_pages_take_turns()
    {
        (string, double, double)[] people = [.. Enumerable.Range(0, 50).Select(i => ($"p{i}", 0.0, 30.0))];
        Assert.Equal("0+250:49 250+250:1 500+250:49", Describe(Build(Rooms.Of(30, people))));
    }

    [Fact]
    public void An_empty_recording_still_has_a_scene()
    {
        Assert.Equal("0+1:0", Describe(Build(Rooms.Of(0))));
    }

    [Property(MaxTest = 300)]
    public Property Scenes_tile_the_whole_output_without_hole_or_overlap() => Prop.ForAll(Rooms.Random, room =>
    {
        var clock = new OutputClock(room.DurationUs, room.Pauses, Canvas.FrameRate);
        IReadOnlyList<Scene> scenes = Build(room);
        long next = 0;
        foreach (Scene scene in scenes)
        {
            if (scene.FirstFrame != next || scene.FrameCount < 1)
            {
                return false;
            }

            next = scene.EndFrame;
        }

        // Every frame of a scene comes from kept recording time, and short scenes only stand alone.
        long pieces = scenes.Sum(scene => clock.Split(scene.FirstFrame, scene.FrameCount).Sum(piece => piece.FrameCount));
        return next == clock.TotalFrames && pieces == next && (scenes.Count == 1 || scenes.All(scene => scene.FrameCount >= 13));
    });

    [Property(MaxTest = 300)]
    public Property Scenes_are_deterministic_and_show_each_source_at_most_once() => Prop.ForAll(Rooms.Random, room =>
        Describe(Build(room)) == Describe(Build(room))
        && Build(room).All(scene => scene.Regions.Select(region => (region.ParticipantId, region.TrackId)).Distinct().Count() == scene.Regions.Count));

    private static IReadOnlyList<Scene> Build(RecordedTimeline room) => SceneTimeline.Build(room, new GridLayout(), Canvas);

    private static string Describe(IReadOnlyList<Scene> scenes) =>
        string.Join(' ', scenes.Select(scene => $"{scene.FirstFrame}+{scene.FrameCount}:{scene.Regions.Count}"));
}
