using Recording.Model;
using Recording.PostProcessing.Outputs;

namespace Recording.PostProcessing.Tests.Outputs;

public sealed class CompositionSettingsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"width\":0,\"height\":0,\"frame_rate\":0,\"layout\":\"\",\"format\":\"\"}")]
    [InlineData("{\"layout\":\"grid\",\"format\":\"mp4\",\"width\":1280,\"height\":720,\"frame_rate\":30}")]
    public void What_is_not_said_is_the_default(string json) => Assert.Equal(CompositionSettings.Default, CompositionSettings.Parse(json));

    [Fact]
    public void Settings_survive_their_json()
    {
        CompositionSettings settings = CompositionSettings.Default with { Width = 640, FrameRate = 12 };
        Assert.Equal(settings, CompositionSettings.Parse(settings.ToJson()));
        settings = CompositionSettings.Parse("""
            {"layout":{"regions":[{"sources":["*"]}]},"format":"webm","video_codec":"vp8","width":640,"from_s":1.5,"to_s":2.5,"pauses":"card","labels":false,"microphones":false,"fit":"cover","background":"#010203",
            "background_image":"a/b.png","title":"t","clock":"wall","captions":"c.vtt","captions_mode":"burn","thumbnails":true,"waveforms":true,"chapters":true,"copy":false,"state":{"muted_tracks":["x"]}}
            """);
        Assert.Equal(settings, CompositionSettings.Parse(settings.ToJson()));
        Assert.Equal(0x010203, settings.Background);
    }

    [Fact]
    public void The_default_is_the_job_that_a_stop_asks_for() =>
        Assert.Equal(DefaultComposition.Settings, CompositionSettings.Default.ToJson());

    [Fact]
    public void A_specification_without_end_is_refused()
    {
        var error = Assert.Throws<RecordingException>(() => CompositionSettings.Parse("{\"title\":\"" + new string('x', CompositionSettings.LongestJson) + "\"}"));
        Assert.Contains("expected at most 524288 characters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"width\":641}", "width: expected an even number from 64 to 4096, found 641")]
    [InlineData("{\"height\":-2}", "height: expected an even number from 64 to 4096, found -2")]
    [InlineData("{\"frame_rate\":61}", "frame_rate: expected 1 to 60, found 61")]
    [InlineData("{\"frame_rate\":\"fast\"}", "frame_rate: expected a whole number")]
    [InlineData("{\"width\":12.5}", "width: expected a whole number, found \"12.5\"")]
    [InlineData("{\"layout\":\"spiral\"}", "layout: expected one of grid, speaker, screenshare, pip, single:{peer}, audio-only, or an object with regions, found \"spiral\"")]
    [InlineData("{\"layout\":\"grid,drawtext=textfile=/etc/passwd\"}", "layout: expected one of grid")]
    [InlineData("{\"format\":\"avi\"}", "format: expected one of mp4, webm, hls, mp3, m4a, wav, found \"avi\"")]
    [InlineData("{\"format\":7}", "format: expected a text, found Number")]
    [InlineData("{\"colour\":\"red\"}", "colour: no such field; there are ")]
    [InlineData("{\"width\":640,\"width\":320}", "width: given twice")]
    [InlineData("{\"captions\":\"../x.vtt\"}", "captions: expected a path inside the recording, found \"../x.vtt\"")]
    [InlineData("{\"captions\":\"/etc/passwd\"}", "captions: expected a path inside the recording")]
    [InlineData("{\"background_image\":\"http://a/b.png\"}", "background_image: expected a path inside the recording")]
    [InlineData("{\"background_image\":\"a/-i\"}", "background_image: expected a path inside the recording")]
    [InlineData("{\"background_image\":\"a\\u0000b\"}", "background_image: expected a path inside the recording")]
    [InlineData("{\"background\":\"red,drawtext=x\"}", "background: expected a colour like")]
    [InlineData("{\"clock\":\"%{localtime}\"}", "clock: expected one of none, recorded, wall")]
    [InlineData("{\"video_codec\":\"vp8\"}", "video_codec: expected vp8 or vp9, with format webm only")]
    [InlineData("{\"from_s\":1e999}", "from_s: expected a number from 0 to 604800")]
    [InlineData("{\"from_s\":5,\"to_s\":5}", "to_s: expected a number over from_s (5), found 5")]
    [InlineData("{\"format\":\"mp3\",\"thumbnails\":true}", "thumbnails: mp3 has no picture")]
    [InlineData("{\"labels\":1}", "labels: expected true or false, found \"1\"")]
    [InlineData("[1]", "expected a JSON object, found Array")]
    [InlineData("{\"width\":", "not JSON")]
    public void Each_bad_field_is_named_with_what_was_expected(string json, string expected)
    {
        var error = Assert.Throws<RecordingException>(() => CompositionSettings.Parse(json));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_listed_at_once()
    {
        var error = Assert.Throws<RecordingException>(() => CompositionSettings.Parse("{\"width\":1,\"height\":3,\"layout\":\"x\"}"));
        Assert.Equal(3, error.Message.Split(';').Length);
    }
}
