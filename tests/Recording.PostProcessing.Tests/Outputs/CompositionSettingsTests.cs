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
