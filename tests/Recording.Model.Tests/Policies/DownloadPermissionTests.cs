namespace Recording.Model.Tests.Policies;

public sealed class DownloadPermissionTests
{
    private static readonly RecordingPolicy s_roles = new() { Enabled = true, HostId = "hana", CoHostIds = ["cole"], PanelistIds = ["pia"] };

    [Theory]
    [InlineData("all", "guest", true)]
    [InlineData("all", "sharescreen_guest", true)]
    [InlineData("all", "stranger", false)]
    [InlineData("all", "hana", true)]
    [InlineData("host", "hana", true)]
    [InlineData("host", "guest", false)]
    [InlineData("co_host", "cole", true)]
    [InlineData("co_host", "pia", false)]
    [InlineData("panelist", "pia", true)]
    [InlineData("", "hana", true)]
    [InlineData("", "guest", false)]
    [InlineData("all", "", false)]
    public void Downloads_follow_the_policy_and_all_means_who_was_there(string who, string peer, bool allowed)
    {
        Exception? refusal = Record.Exception(() => DownloadPermission.Require(s_roles with { WhoCanDownload = who }, ["guest"], peer));
        if (allowed)
        {
            Assert.Null(refusal);
            return;
        }

        Assert.Equal(RecordingErrorCode.NotAuthorizedToDownload, Assert.IsType<RecordingException>(refusal).Code);
    }

    [Fact]
    public void Without_a_policy_nobody_downloads_by_role() =>
        Assert.Equal(
            RecordingErrorCode.NotAuthorizedToDownload,
            Assert.Throws<RecordingException>(() => DownloadPermission.Require(null, ["guest"], "guest")).Code);
}
