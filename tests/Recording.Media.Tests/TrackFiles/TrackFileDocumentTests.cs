using System.Globalization;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.TrackFiles;

/// <summary>The example of docs/track-file.md is what the code writes and reads.</summary>
public sealed class TrackFileDocumentTests
{
    private const ulong Epoch = 0x0102030405060708;
    private const long TimeUs = 1_700_000_000_000_000;

    [Fact]
    public async Task Worked_example_is_what_the_assembler_writes()
    {
        Assert.Equal(Convert.ToHexStringLower(await WriteAsync()), Convert.ToHexStringLower(Documented()));
    }

    [Fact]
    public void Worked_example_reads_as_the_text_says()
    {
        byte[] file = Documented();

        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(file);

        Assert.Equal(["S", "D1", "M3", "I0", "F"], items);
        Assert.Empty(reader.Damage);
        Assert.Equal("ann-audio", reader.Section!.TrackId);
        Assert.Equal(1ul, TrackIndexReader.TryRead(new MemoryStream(file))!.Index.Packets);
    }

    private static async Task<byte[]> WriteAsync()
    {
        var header = new TrackHeader
        {
            FileVersion = TrackSection.FileVersion,
            RoomId = "r1",
            TrackId = "ann-audio",
            Kind = "audio",
            Format = new TrackFormat { PayloadTypes = { new PayloadFormat { Pt = 111, Codec = "opus", ClockRate = 48_000, Channels = 2 } } },
        };
        var writer = new DataPayloadWriter();
        Assert.True(writer.TryAdd(TimeUs, Convert.FromHexString("806f0001000003c0cafe0001f8fffe")));
        Assert.True(writer.TryAdd(TimeUs + 20_000, []));
        var marker = new Marker { TimeUs = TimeUs + 30_000, Pause = new Marker.Types.Pause { By = "producer" } };
        byte[] segment =
        [
            .. TrackSection.Encode(header),
            .. TrackBytes.Frame(BlockKind.Data, writer.Payload, 1, 2, Epoch, TimeUs),
            .. TrackBytes.Frame(BlockKind.Marker, marker.ToByteArray(), 3, 0, Epoch, TimeUs),
        ];
        using var output = new MemoryStream();
        var source = new SegmentSource(new SegmentKey(Epoch, 1, 2, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(segment)));
        await TrackAssembler.AssembleAsync([source], output);
        return output.ToArray();
    }

    // Lines of the fenced block: offset, two or more spaces, bytes, two or more spaces, what they are.
    private static byte[] Documented()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Root(), "docs", "track-file.md"));
        var bytes = new List<byte>();
        foreach (string line in lines.SkipWhile(line => line != "```hex").Skip(1).TakeWhile(line => line != "```"))
        {
            string[] columns = line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.Equal(bytes.Count, int.Parse(columns[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            bytes.AddRange(Convert.FromHexString(columns[1].Replace(" ", "", StringComparison.Ordinal)));
        }

        return [.. bytes];
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Recording.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not lie below Recording.sln.");
    }
}
