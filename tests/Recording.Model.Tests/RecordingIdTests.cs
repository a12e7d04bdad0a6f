using System.Security.Cryptography;

namespace Recording.Model.Tests;

public sealed class RecordingIdTests
{
    [Fact]
    public void Ids_have_26_lower_case_characters_and_carry_their_time()
    {
        var now = DateTimeOffset.Parse("2026-03-04T05:06:07.891Z");
        var id = new RecordingIdSource(new FixedTime(now), RandomNumberGenerator.Create()).Next();

        Assert.Equal(26, id.Length);
        Assert.Matches("^[0-7][0-9a-hjkmnp-tv-z]{25}$", id);
        Assert.True(RecordingId.IsValid(id));
        Assert.Equal(now, RecordingId.TimeOf(id));
    }

    [Fact]
    public void Ids_rise_within_a_millisecond_and_when_the_clock_steps_back()
    {
        var time = new FixedTime(DateTimeOffset.Parse("2026-03-04T05:06:07Z"));
        var source = new RecordingIdSource(time, RandomNumberGenerator.Create());
        var ids = new List<string>();
        for (var i = 0; i < 2_000; i++)
        {
            ids.Add(source.Next());
            if (i == 1_000)
            {
                time.Now -= TimeSpan.FromMinutes(5);
            }
        }

        time.Now += TimeSpan.FromMinutes(10);
        ids.Add(source.Next());
        Assert.Equal(ids.Count, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids, StringComparer.Ordinal);
    }

    [Fact]
    public async Task Ids_minted_at_once_differ()
    {
        var source = new RecordingIdSource(TimeProvider.System, RandomNumberGenerator.Create());
        var batches = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5_000).Select(_ => source.Next()).ToArray())));
        Assert.Equal(20_000, batches.SelectMany(static b => b).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("01arz3ndektsv4rrffq69g5fa")]
    [InlineData("01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    [InlineData("81arz3ndektsv4rrffq69g5fav")]
    [InlineData("01arz3ndektsv4rrffq69g5fau")]
    [InlineData("01arz3ndektsv4rrffq69g5f/v")]
    public void Other_text_is_not_an_id(string? text) => Assert.False(RecordingId.IsValid(text));

    [Fact]
    public void The_time_of_something_else_is_a_protocol_violation() =>
        Assert.Equal(RecordingErrorCode.ProtocolViolation, Assert.Throws<RecordingException>(static () => RecordingId.TimeOf("../etc/passwd")).Code);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
