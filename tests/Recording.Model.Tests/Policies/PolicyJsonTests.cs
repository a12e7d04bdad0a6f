using Recording.Model;

namespace Recording.Model.Tests.Policies;

public sealed class PolicyJsonTests
{
    private const string Plan = """
        {
          "features": {
            "screen_share": { "enabled": true, "who_can_share": "all" },
            "recording": {
              "enabled": true, "auto_record": true, "who_can_record": "co_host", "who_can_download": "all",
              "record_audio": true, "record_video": false, "record_screenshare": true, "record_audio_only": false,
              "retention_days": 30, "notify_participants": true, "outputs": ["composite", "of a later version"]
            }
          },
          "roles": { "host_id": "user_123", "co_host_ids": ["user_456"], "panelist_ids": [] }
        }
        """;

    [Fact]
    public void The_plans_schema_is_read_in_full()
    {
        var policy = PolicyJson.Parse(Plan)!;

        Assert.True(policy.Enabled);
        Assert.True(policy.AutoRecord);
        Assert.Equal("co_host", policy.WhoCanRecord);
        Assert.Equal("all", policy.WhoCanDownload);
        Assert.True(policy.RecordAudio);
        Assert.False(policy.RecordVideo);
        Assert.True(policy.RecordScreenshare);
        Assert.False(policy.RecordAudioOnly);
        Assert.Equal(30, policy.RetentionDays);
        Assert.True(policy.NotifyParticipants);
        Assert.Equal(["composite", "of a later version"], policy.Outputs, StringComparer.Ordinal);
        Assert.Equal("user_123", policy.HostId);
        Assert.Equal("user_456", Assert.Single(policy.CoHostIds));
        Assert.Empty(policy.PanelistIds);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"features":{}}""")]
    [InlineData("""{"features":null,"roles":null}""")]
    [InlineData("""{"features":{"recording":{}}}""")]
    [InlineData("""{"roles":{"host_id":"h"},"other":[1,2]}""")]
    [InlineData("""{"features":{"recording":{"enabled":null}}}""")]
    public void A_policy_that_does_not_enable_recording_disables_it(string json)
    {
        var policy = PolicyJson.Parse(json)!;

        Assert.False(policy.Enabled);
        Assert.Equal("", policy.WhoCanRecord);
        Assert.Null(policy.RecordAudio);
        Assert.Equal(0, policy.RetentionDays);
        Assert.Empty(policy.Outputs);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("null")]
    public void Nothing_is_no_policy(string? json) => Assert.Null(PolicyJson.Parse(json));

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("[]", "policy_json")]
    [InlineData("42", "policy_json")]
    [InlineData("""{"features":[]}""", "features")]
    [InlineData("""{"features":{"recording":"yes"}}""", "features.recording")]
    [InlineData("""{"features":{"recording":{"enabled":"true"}}}""", "features.recording.enabled")]
    [InlineData("""{"features":{"recording":{"auto_record":1}}}""", "features.recording.auto_record")]
    [InlineData("""{"features":{"recording":{"who_can_record":["host"]}}}""", "features.recording.who_can_record")]
    [InlineData("""{"features":{"recording":{"retention_days":"30"}}}""", "features.recording.retention_days")]
    [InlineData("""{"features":{"recording":{"retention_days":-1}}}""", "features.recording.retention_days")]
    [InlineData("""{"features":{"recording":{"retention_days":1.5}}}""", "features.recording.retention_days")]
    [InlineData("""{"features":{"recording":{"outputs":"composite"}}}""", "features.recording.outputs")]
    [InlineData("""{"features":{"recording":{"outputs":["composite",1]}}}""", "features.recording.outputs[1]")]
    [InlineData("""{"roles":{"host_id":7}}""", "roles.host_id")]
    [InlineData("""{"roles":{"co_host_ids":"a"}}""", "roles.co_host_ids")]
    [InlineData("""{"roles":{"panelist_ids":["a",3]}}""", "roles.panelist_ids[1]")]
    public void A_wrong_part_is_named(string json, string part)
    {
        var error = Assert.Throws<RecordingException>(() => PolicyJson.Parse(json));

        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_outputs_are_named_in_a_text_of_bounded_length()
    {
        Assert.Equal("", OutputNames.DescribeUnknown(new RecordingPolicy { Outputs = [.. OutputNames.All] }));
        Assert.Equal("\"Report\", \"film\"", OutputNames.DescribeUnknown(new RecordingPolicy { Outputs = ["Report", "composite", "film", "film"] }));
        var hostile = new RecordingPolicy { Outputs = [.. Enumerable.Range(0, 1000).Select(static number => number + new string('x', 1000))] };
        Assert.InRange(OutputNames.DescribeUnknown(hostile).Length, 100, 300);
        Assert.EndsWith("...", OutputNames.DescribeUnknown(hostile), StringComparison.Ordinal);
    }

    [Fact]
    public void Recording_ids_have_26_lower_case_characters_and_sort_by_time()
    {
        var start = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
        byte[] entropy = [0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        var earlier = RecordingId.Mint(start, entropy);
        var later = RecordingId.Mint(start.AddMilliseconds(1), new byte[10]);

        Assert.Matches("^[0-9a-hjkmnp-tv-z]{26}$", earlier);
        Assert.True(string.CompareOrdinal(earlier, later) < 0);
        Assert.NotEqual(earlier, RecordingId.Mint(start, new byte[10]), StringComparer.Ordinal);
    }
}
