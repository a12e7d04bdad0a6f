using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>A PNG or JPEG that came from outside: it is known by its first bytes and read as that only, because FFmpeg would take a playlist of other files as well.</summary>
public sealed class PictureFile
{
    private const long LargestBytes = 50L << 20;
    private readonly FileInfo _file;
    private readonly string _demuxer;

    private PictureFile(FileInfo file, string demuxer)
    {
        _file = file;
        _demuxer = demuxer;
    }

    /// <summary>Opens one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">For the message.</param>
    /// <exception cref="RecordingException">1003: it is something else.</exception>
    public static PictureFile Open(FileInfo file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> head = stackalloc byte[8];
        using FileStream stream = file.OpenRead();
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        string? demuxer = head[..read] switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A] => "png_pipe",
            [0xFF, 0xD8, 0xFF, ..] => "jpeg_pipe",
            _ => null,
        };
        if (demuxer is null || stream.Length > LargestBytes)
        {
            throw CompositionSettings.Bad($"background_image: expected a PNG or JPEG of at most {LargestBytes >> 20} MiB, {Specs.SpecObject.Quote(name)} is not one");
        }

        return new PictureFile(file, demuxer);
    }

    /// <summary>For FFmpeg.</summary>
    internal IReadOnlyList<string> InputArguments() => ["-f", _demuxer, "-i", "file:" + _file.FullName];
}
