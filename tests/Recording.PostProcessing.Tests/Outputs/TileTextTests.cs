using Recording.PostProcessing.Outputs;

namespace Recording.PostProcessing.Tests.Outputs;

public sealed class TileTextTests
{
    [Theory]
    [InlineData("Alice Cooper", "AC")]
    [InlineData("alice", "A")]
    [InlineData("Anna Maria von Trapp", "AT")]
    [InlineData("", "?")]
    [InlineData("'; rm -rf / #", "RR")]
    [InlineData("🙂", "?")]
    [InlineData("Ñandú é", "ÑÉ")]
    [InlineData("(Bob) [Builder]", "BB")]
    public void Initials_are_the_first_letters_of_the_first_and_last_word(string name, string expected) => Assert.Equal(expected, TileText.Initials(name));

    [Theory]
    [InlineData("Bob", "Bob")]
    [InlineData("a\nb\r\nc\td\u0000e\u2028f", "a b c d e f")]
    [InlineData("  %{pts} \\n ' : , ; [x] ", "%{pts} \\n ' : ,…")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmno…")]
    [InlineData("שלום", "שלום")]
    public void A_label_is_one_line_of_the_same_characters(string name, string expected) => Assert.Equal(expected, TileText.Label(name, 16));

    [Fact]
    public void A_long_name_is_cut_between_characters_as_readers_count_them()
    {
        string label = TileText.Label(string.Concat(Enumerable.Repeat("👩‍👩‍👧", 20)), 5);
        Assert.Equal(string.Concat(Enumerable.Repeat("👩‍👩‍👧", 4)) + "…", label);
    }
}
