using FsCheck.Xunit;
using Recording.Media.TrackFiles;
using Recording.Model;

namespace Recording.Storage.Tests;

public sealed class RecordingKeysTests
{
    private const string Id = "01hf7yat00000000000000000a";

    [Theory]
    [InlineData("room-1_a.B", "room-1_a.B")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("...", "...")]
    [InlineData("a b%", "a%20b%25")]
    [InlineData("é", "%C3%A9")]
    [InlineData("../../etc/passwd", "..%2F..%2Fetc%2Fpasswd")]
    [InlineData("a\0", "a%00")]
    public void Ids_are_percent_encoded_byte_by_byte(string id, string expected)
    {
        Assert.Equal(expected, RecordingKeys.Encode(id));
        Assert.Equal(id, RecordingKeys.Decode(expected));
    }

    [Fact]
    public void Id_over_200_bytes_after_encoding_is_refused()
    {
        Assert.Equal(200, RecordingKeys.Encode(new string('a', 200)).Length);
        AssertRefused(() => RecordingKeys.Encode(new string('a', 201)));
        AssertRefused(() => RecordingKeys.Encode(new string('é', 34)));
        AssertRefused(() => RecordingKeys.Encode(""));
        AssertRefused(() => RecordingKeys.Encode("\ud800"));
    }

    [Property]
    public bool Encoded_id_is_one_safe_element_and_decodes_to_itself(FsCheck.NonEmptyString id)
    {
        try
        {
            string encoded = RecordingKeys.Encode(id.Get);
            ObjectKey.Validate("rooms/" + encoded + "/x");
            return !encoded.Contains('/', StringComparison.Ordinal) && RecordingKeys.Decode(encoded) == id.Get;
        }
        catch (RecordingException e)
        {
            return e.Code == RecordingErrorCode.ProtocolViolation;
        }
    }

    [Fact]
    public void Keys_follow_the_layout()
    {
        string prefix = RecordingKeys.Prefix("my room", Id);

        Assert.Equal($"rooms/my%20room/{Id}/", prefix);
        Assert.Equal(prefix + "metadata.json", RecordingKeys.Metadata(prefix));
        Assert.Equal(prefix + "tracks/alice-audio.rtp", RecordingKeys.Track(prefix, RecordingKeys.TrackId("alice", false, false)));
        Assert.Equal(
            prefix + "segments/alice-screen-2/0000000000000001-00000000000000000001-00000000000000000009-a.rtp",
            RecordingKeys.Segment(prefix, RecordingKeys.TrackId("alice", true, true, 2), new SegmentKey(1, 1, 9, "a")));
        Assert.Equal(prefix + "processed/jobs/0f3c/", RecordingKeys.Job(prefix, "0f3c"));
        Assert.Equal("processed/jobs/0f3c/tasks/", RecordingKeys.JobWork("", "0f3c"));
        Assert.Equal("a%2Fb-screen-audio", RecordingKeys.TrackId("a/b", false, true));
        Assert.Equal("bob-video-3", RecordingKeys.TrackId("bob", true, false, 3));
        Assert.Equal("state/room/a%2Fb", RecordingKeys.State("room", "a/b"));
    }

    [Theory]
    [InlineData("customer/7", "customer/7")]
    [InlineData("/customer//./7/", "customer/7")]
    [InlineData("a b/ü", "a%20b/%C3%BC")]
    [InlineData("rooms/other", "rooms/other")]
    [InlineData("x/state", "x/state")]
    [InlineData("a\\..\\b", "a%5C..%5Cb")]
    public void Storage_path_is_normalised(string path, string expected)
    {
        Assert.Equal($"{expected}/{Id}/", RecordingKeys.Prefix("room", Id, path));
        ObjectKey.Validate(RecordingKeys.Prefix("room", Id, path) + "x");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("../../x")]
    [InlineData("/")]
    [InlineData("./.")]
    [InlineData("state")]
    [InlineData("/state/room")]
    [InlineData("State/x")]
    [InlineData(".store/tmp")]
    [InlineData("rooms/r/" + Id)]
    [InlineData("rooms/r/" + Id + "/tracks")]
    public void Storage_path_that_leaves_its_place_is_refused(string path) => AssertRefused(() => RecordingKeys.Prefix("room", Id, path));

    [Fact]
    public void Long_storage_path_is_refused() =>
        AssertRefused(() => RecordingKeys.Prefix("room", Id, string.Join('/', Enumerable.Repeat(new string('a', 100), 5))));

    [Fact]
    public void Storage_path_that_is_not_Unicode_is_refused() => AssertRefused(() => RecordingKeys.Prefix("room", Id, "half\ud800"));

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void Track_id_that_is_no_element_is_refused(string trackId)
    {
        AssertRefused(() => RecordingKeys.Track("rooms/r/x/", trackId));
        AssertRefused(() => RecordingKeys.Segments("rooms/r/x/", trackId));
    }

    private static void AssertRefused(Func<object> call) =>
        Assert.Equal(RecordingErrorCode.ProtocolViolation, Assert.Throws<RecordingException>(call).Code);
}
