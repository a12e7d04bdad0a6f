using CliWrap;
using CliWrap.Buffered;
using Recording.Model;

namespace Recording.PostProcessing.Ffmpeg;

/// <summary>Finds a font for labels: what fontconfig names for sans, else DejaVu where distributions put it.</summary>
public static class FontFile
{
    private static readonly string[] _known =
    [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf",
    ];

    /// <summary>A font file that exists.</summary>
    /// <exception cref="RecordingException">4004: there is none.</exception>
    public static async Task<FileInfo> FindAsync(CancellationToken cancellationToken = default)
    {
        string? known = _known.FirstOrDefault(File.Exists);
        if (known is not null)
        {
            return new FileInfo(known);
        }

        try
        {
            BufferedCommandResult result = await Cli.Wrap("fc-match")
                .WithArguments(["-f", "%{file}", "sans"])
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync(cancellationToken);
            string named = result.StandardOutput.Trim();
            if (result.ExitCode == 0 && File.Exists(named))
            {
                return new FileInfo(named);
            }
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, "no font for labels: install fonts-dejavu-core or fontconfig", exception);
        }

        throw new RecordingException(RecordingErrorCode.NotFound, "no font for labels: install fonts-dejavu-core");
    }
}
