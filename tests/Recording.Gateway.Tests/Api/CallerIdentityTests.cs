using Recording.Gateway.Api;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Gateway.Tests.Api;

public sealed class CallerIdentityTests
{
    private static readonly CallerIdentity _anna = new(CallerKind.Participant, "anna", "room");
    private static readonly CallerIdentity _operator = new(CallerKind.Admin, "ops", null);
    private static readonly CallerIdentity _sfu = new(CallerKind.Sfu, "sfu", null);

    [Theory]
    [InlineData("")]
    [InlineData("anna")]
    public void Participant_asks_in_its_own_name(string requesterId) => Assert.Equal(Requester.Peer("anna"), _anna.For(requesterId, "room"));

    [Theory]
    [InlineData("ben", "room")]
    [InlineData("Anna", "room")]
    [InlineData("anna", "other")]
    [InlineData("", "other")]
    [InlineData("anna", "")]
    public void Participant_cannot_ask_in_the_name_of_another_or_for_another_room(string requesterId, string roomId) =>
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, Assert.Throws<RecordingException>(() => _anna.For(requesterId, roomId)).Code);

    [Fact]
    public void Backends_ask_in_the_name_of_whom_they_say_and_else_in_their_own()
    {
        Assert.Equal(Requester.Peer("anna"), _operator.For("anna", "room"));
        Assert.Equal(Requester.Peer("anna"), _sfu.For("anna", "room"));
        Assert.Equal(Requester.Admin("ops"), _operator.For("", "room"));
        Assert.Equal(Requester.Admin("sfu"), _sfu.For("", "room"));
    }

    [Theory]
    [InlineData("other")]
    [InlineData("ROOM")]
    [InlineData("")]
    public void Participant_reaches_its_own_room_only(string roomId)
    {
        _anna.RequireRoom("room");
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, Assert.Throws<RecordingException>(() => _anna.RequireRoom(roomId)).Code);
    }

    [Fact]
    public void Participant_whose_room_is_not_known_reaches_no_room_and_not_the_list_of_all()
    {
        foreach (string? room in new[] { "", null })
        {
            Assert.Throws<RecordingException>(() => new CallerIdentity(CallerKind.Participant, "anna", room).RequireRoom(""));
        }
    }

    [Fact]
    public void Backends_reach_every_room()
    {
        foreach (CallerIdentity backend in new[] { _operator, _sfu })
        {
            backend.RequireRoom("any");
            backend.RequireRoom("");
        }
    }
}
