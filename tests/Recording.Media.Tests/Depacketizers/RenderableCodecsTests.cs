using Recording.Media.Depacketizers;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Depacketizers;

public sealed class RenderableCodecsTests
{
    [Theory]
    [InlineData("opus")]
    [InlineData("vp8")]
    [InlineData("vp9")]
    [InlineData("av1")]
    [InlineData("h264")]
    [InlineData("h265")]
    [InlineData("pcmu")]
    [InlineData("pcma")]
    [InlineData("g722")]
    public void Codec_is_listed_when_it_can_be_taken_out_of_rtp(string codec)
    {
        var canDepacketize = DepacketizerFactory.TryCreate(new PayloadFormat { Codec = codec, ClockRate = 48_000, Channels = 2 }, out _);
        Assert.Equal(canDepacketize, RenderableCodecs.Contains(codec));
        Assert.Equal(canDepacketize, RenderableCodecs.Names.Contains(codec, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("audio/opus", true)]
    [InlineData("Opus", true)]
    [InlineData("video/VP8", true)]
    [InlineData("audio/red", true)]
    [InlineData("", false)]
    [InlineData("video/", false)]
    [InlineData("vp", false)]
    public void Codec_is_found_as_sfus_name_it(string codec, bool expected) => Assert.Equal(expected, RenderableCodecs.Contains(codec));
}
