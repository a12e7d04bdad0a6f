using Recording.Model;

namespace Recording.Model.Tests.Policies;

public sealed class RecordingPermissionTests
{
    private static readonly RecordingPolicy Roles = new() { Enabled = true, HostId = "hana", CoHostIds = ["cole", "cora"], PanelistIds = ["pia"] };

    /// <summary>Rows: value of who_can_*; columns: who passes.</summary>
    private static readonly (string Who, string[] Passes)[] Truth =
    [
        ("host", ["hana"]),
        ("co_host", ["hana", "cole", "cora"]),
        ("panelist", ["hana", "cole", "cora", "pia"]),
        ("all", ["hana", "cole", "cora", "pia", "paul"]),
        ("", ["hana"]),
        ("HOST", ["hana"]),
        ("All", ["hana"]),
        ("nobody", ["hana"]),
        ("co-host", ["hana"]),
    ];

    public static TheoryData<string, string, bool> Table()
    {
        var table = new TheoryData<string, string, bool>();
        foreach (var (who, passes) in Truth)
        {
            foreach (var peer in new[] { "hana", "cole", "cora", "pia", "paul" })
            {
                var allowed = passes.Contains(peer, StringComparer.Ordinal);
                table.Add(who, peer, allowed);
                table.Add(who, "sharescreen_" + peer, allowed);
                table.Add(who, "sharescreen_sharescreen_" + peer, who == "all");
                table.Add(who, peer.ToUpperInvariant(), who == "all");
            }

            table.Add(who, "", false);
        }

        return table;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Who_can_record_decides_by_role_of_the_normalised_peer(string who, string peer, bool allowed) =>
        Assert.Equal(allowed, RecordingPermission.MayRecord(Roles with { WhoCanRecord = who, WhoCanDownload = "" }, peer));

    [Theory]
    [MemberData(nameof(Table))]
    public void Who_can_download_follows_the_same_rule(string who, string peer, bool allowed) =>
        Assert.Equal(allowed, RecordingPermission.MayDownload(Roles with { WhoCanDownload = who, WhoCanRecord = "" }, peer));

    [Theory]
    [InlineData("host")]
    [InlineData("co_host")]
    [InlineData("panelist")]
    public void Nobody_passes_when_no_role_is_named(string who) =>
        Assert.False(RecordingPermission.MayRecord(new RecordingPolicy { Enabled = true, WhoCanRecord = who }, "hana"));

    [Fact]
    public void Roles_that_the_policy_names_with_a_prefix_match_too() =>
        Assert.True(RecordingPermission.MayRecord(Roles with { WhoCanRecord = "host", HostId = "sharescreen_hana" }, "hana"));

    [Fact]
    public void A_missing_peer_is_nobody() => Assert.False(RecordingPermission.MayRecord(Roles with { WhoCanRecord = "all" }, null));
}
