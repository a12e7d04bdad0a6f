using Recording.Model;

namespace Recording.Model.Tests.Policies;

public sealed class MediaFilterTests
{
    private static readonly bool?[] Flags = [null, true, false];

    public static TheoryData<bool?, bool?, bool?, bool?> Policies()
    {
        var data = new TheoryData<bool?, bool?, bool?, bool?>();
        foreach (var audio in Flags)
        {
            foreach (var video in Flags)
            {
                foreach (var screen in Flags)
                {
                    foreach (var audioOnly in Flags)
                    {
                        data.Add(audio, video, screen, audioOnly);
                    }
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Policy_flags_decide_and_absent_ones_allow(bool? audio, bool? video, bool? screen, bool? audioOnly)
    {
        var filter = MediaFilter.From(new RecordingPolicy { RecordAudio = audio, RecordVideo = video, RecordScreenshare = screen, RecordAudioOnly = audioOnly });

        Assert.Equal(audio != false, filter.Allows("audio", isScreenshare: false));
        Assert.Equal(video != false && audioOnly != true, filter.Allows("video", isScreenshare: false));
        Assert.Equal(screen != false && audioOnly != true, filter.Allows("video", isScreenshare: true));
        Assert.Equal(screen != false, filter.Allows("audio", isScreenshare: true));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_selection_only_narrows(bool? audio, bool? video, bool? screen, bool? audioOnly)
    {
        var policy = MediaFilter.From(new RecordingPolicy { RecordAudio = audio, RecordVideo = video, RecordScreenshare = screen, RecordAudioOnly = audioOnly });
        for (var bits = 1; bits < 8; bits++)
        {
            var (a, v, s) = ((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
            var narrowed = policy.Narrow(a, v, s);
            Assert.Equal(policy.Allows("audio", false) && a, narrowed.Allows("audio", false));
            Assert.Equal(policy.Allows("video", false) && v, narrowed.Allows("video", false));
            Assert.Equal(policy.Allows("video", true) && s, narrowed.Allows("video", true));
            Assert.Equal(policy.Allows("audio", true) && s, narrowed.Allows("audio", true));
        }

        Assert.Equal(policy, policy.Narrow(false, false, false));
    }

    [Theory]
    [InlineData(true, "", "alice", true)]
    [InlineData(false, "screenshare", "alice", true)]
    [InlineData(false, "Screenshare", "alice", true)]
    [InlineData(false, "camera", "sharescreen_alice", true)]
    [InlineData(false, "camera", "alice", false)]
    [InlineData(false, "", "alice_sharescreen_", false)]
    [InlineData(false, null, null, false)]
    public void Screenshare_is_seen_by_any_of_three_signs(bool flag, string? trackType, string? peer, bool expected) =>
        Assert.Equal(expected, ScreenshareRule.IsScreenshare(flag, trackType, peer));

    [Theory]
    [InlineData("alice", "alice")]
    [InlineData("sharescreen_alice", "alice")]
    [InlineData("sharescreen_sharescreen_alice", "sharescreen_alice")]
    [InlineData("sharescreen_", "sharescreen_")]
    [InlineData("Sharescreen_alice", "Sharescreen_alice")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void Peer_ids_lose_one_leading_prefix(string? peer, string expected) => Assert.Equal(expected, PeerIdentity.Normalize(peer));
}
