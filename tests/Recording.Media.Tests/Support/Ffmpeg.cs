using System.Diagnostics;

namespace Recording.Media.Tests.Support;

/// <summary>Runs ffmpeg and ffprobe, which the tests need on the path.</summary>
public static class Ffmpeg
{
    /// <summary>Runs a program with input on stdin; returns stdout, or fails with stderr unless the exit code is 0.</summary>
    public static byte[] Run(string program, IEnumerable<string> arguments, byte[]? input = null)
    {
        (int exitCode, byte[] output, string error) = Execute(program, arguments, input);
        Assert.True(exitCode == 0, $"{program} ended with {exitCode}: {error}");
        return output;
    }

    /// <summary>
    /// Decodes a whole file strictly and returns what ffmpeg complains about. The time base is the file's: else ffmpeg
    /// guesses a frame rate, rounds frames that are closer than that to one time, and complains of its own rounding.
    /// </summary>
    public static string DecodeErrors(byte[] file)
    {
        string path = Path.Combine(Path.GetTempPath(), $"decode-{Guid.NewGuid():n}.mkv");
        File.WriteAllBytes(path, file);
        try
        {
            (int exitCode, _, string error) = Execute(
                "ffmpeg", ["-nostdin", "-v", "error", "-err_detect", "explode", "-i", path, "-map", "0", "-fps_mode", "passthrough", "-enc_time_base:v", "1/1000", "-f", "null", "-"]);
            return exitCode == 0 ? error : $"exit code {exitCode}: {error}";
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Values of one ffprobe entry, a line each.</summary>
    public static string[] Probe(byte[] file, params string[] arguments)
    {
        string path = Path.Combine(Path.GetTempPath(), $"probe-{Guid.NewGuid():n}.mkv");
        File.WriteAllBytes(path, file);
        try
        {
            (int exitCode, byte[] output, string error) = Execute("ffprobe", ["-v", "error", "-of", "csv=p=0", .. arguments, path]);
            Assert.True(exitCode == 0 && error.Length == 0, $"ffprobe ended with {exitCode}: {error}");
            return System.Text.Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>All samples of a file's sound, one behind the other whatever their times: 16 bits, little endian.</summary>
    public static byte[] Samples(byte[] file) => Run("ffmpeg", ["-v", "error", "-i", "-", "-f", "s16le", "-"], file);

    private static (int ExitCode, byte[] Output, string Error) Execute(string program, IEnumerable<string> arguments, byte[]? input = null)
    {
        ProcessStartInfo start = new(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        using MemoryStream output = new();
        Task copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        if (input is not null)
        {
            process.StandardInput.BaseStream.Write(input);
        }

        process.StandardInput.Close();
        Task.WaitAll([copy, error], TimeSpan.FromMinutes(2));
        process.WaitForExit();
        return (process.ExitCode, output.ToArray(), error.Result.Trim());
    }
}
