using FsCheck;
using FsCheck.Xunit;
using Recording.Model;
using Recording.PostProcessing.Transcript;

namespace Recording.PostProcessing.Tests.Transcript;

public sealed class TranscriptPartsTests
{
    private const int Rate = SpeechSplitter.SampleRate;

    [Fact]
    public void Silence_is_not_sent_and_speech_keeps_a_margin()
    {
        IReadOnlyList<SpeechPiece> pieces = Split(120, (5, 7), (7.5, 9), (40, 42));
        Assert.Equal(2, pieces.Count);
        Assert.Equal(4.7, (double)pieces[0].First / Rate, 0.05);
        Assert.Equal(9.3, (double)(pieces[0].First + pieces[0].Count) / Rate, 0.05);
        Assert.Equal(39.7, (double)pieces[1].First / Rate, 0.05);
    }

    [Fact]
    public void Long_talk_is_cut_in_its_silences_and_talk_without_one_where_it_is_quietest()
    {
        IReadOnlyList<SpeechPiece> pieces = Split(13, (0, 12), (13.5, 24), (25.5, 31));
        Assert.Equal([0, 13.2, 25.2], pieces.Select(piece => Math.Round((double)piece.First / Rate, 1)));
        pieces = Split(10, (0, 8), (8.04, 25));
        Assert.Equal(8.0, (double)(pieces[0].First + pieces[0].Count) / Rate, 0.05);
        Assert.All(pieces, piece => Assert.InRange((double)piece.Count / Rate, 0, 10.7));
    }

    [Fact]
    public void Nothing_but_silence_is_no_piece_and_clicks_are_none() => Assert.Empty(Split(60, (3, 3.04)));

    [Property]
    public bool Pieces_never_overlap_and_never_exceed_the_limit(NonEmptyArray<byte> talk)
    {
        (double, double)[] runs = [.. talk.Get.Select((length, i) => ((i * 4.0) + 0.5, (i * 4.0) + 0.5 + (length % 40 / 10.0)))];
        IReadOnlyList<SpeechPiece> pieces = Split(7, runs);
        long end = 0;
        foreach (SpeechPiece piece in pieces)
        {
            if (piece.First < end || piece.Count > 8 * Rate)
            {
                return false;
            }

            end = piece.First + piece.Count;
        }

        return true;
    }

    [Fact]
    public void Captions_name_the_voice_keep_recording_time_and_escape_everything()
    {
        string vtt = WebVtt.Write(
            [
                Segment(-0.01, 2.5, "Ann", "one\n\ntwo --> three"),
                Segment(25, 25.1, "Bob <b>&\n</v>", "<script>\u2028 \uD800 \U0001F600"),
            ]);
        Assert.Equal(
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n<v Ann>one  two --&gt; three\n\n00:00:25.000 --> 00:00:25.500\n<v Bob &lt;b&gt;&amp; &lt;/v&gt;>&lt;script&gt;  \uFFFD \U0001F600\n",
            vtt);
    }

    [Theory]
    [InlineData("{\"language\":5}", "language: expected a text, found Number")]
    [InlineData("{\"language\":\"en; rm\"}", "language: expected at most 35 letters")]
    [InlineData("{\"model\":\"a b\"}", "model: expected at most 100")]
    [InlineData("{\"x\":1,\"y\":2}", "\"y\": no such field")]
    [InlineData("{\"model\":\"a\",\"model\":\"b\"}", "model: given twice")]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{", "not JSON")]
    public void Bad_settings_say_what_is_wrong(string json, string expected)
    {
        RecordingException error = Assert.Throws<RecordingException>(() => TranscriptSettings.Parse(json));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_have_one_form()
    {
        Assert.Equal(TranscriptSettings.Default, TranscriptSettings.Parse(" "));
        Assert.Equal("{\"language\":\"en\",\"model\":\"\"}", TranscriptSettings.Parse("{ \"language\": \"en\" }").ToJson());
    }

    private static TranscriptSegment Segment(double start, double end, string name, string text) =>
        new() { Start = start, End = end, PeerId = "p", Name = name, TrackId = "t", Text = text };

    private static IReadOnlyList<SpeechPiece> Split(double longest, params (double From, double To)[] talk)
    {
        var splitter = new SpeechSplitter();
        short[] samples = new short[(int)((talk.Max(run => run.To) + 2) * Rate)];
        foreach ((double from, double to) in talk)
        {
            for (int i = (int)(from * Rate); i < (int)(to * Rate); i++)
            {
                samples[i] = (short)(8000 * Math.Sin(i * 0.2));
            }
        }

        for (int at = 0; at < samples.Length; at += 1000)
        {
            splitter.Add(samples.AsSpan(at, Math.Min(1000, samples.Length - at)));
        }

        return splitter.Pieces(longest);
    }
}
