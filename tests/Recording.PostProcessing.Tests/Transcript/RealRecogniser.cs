using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Ffmpeg;
using Recording.TestInfrastructure;

namespace Recording.PostProcessing.Tests.Transcript;

/// <summary>
/// A real recogniser (pocketsphinx with its English model) and a real voice (espeak-ng). It is told the sentences that it may hear: with its whole
/// dictionary it mistakes an artificial voice for other words, with few sentences it is right and its times are real.
/// </summary>
internal static class RealRecogniser
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(60);

    public static string? Absence => Missing("pocketsphinx_continuous", "espeak-ng") is { } program ? $"{program} is not on PATH (Debian: pocketsphinx, pocketsphinx-en-us, espeak-ng)." : null;

    /// <summary>Speaks a sentence into a WAV file.</summary>
    public static Task SpeakAsync(string text, FileInfo wav) => RunAsync("espeak-ng", "-v", "en-us", "-s", "130", "-w", wav.FullName, text);

    /// <summary>Hears a WAV file and answers as a transcriber does.</summary>
    public static async Task<string> HearAsync(byte[] wav, params string[] sentences)
    {
        using ScratchDirectory scratch = ScratchDirectory.Create();
        FileInfo file = scratch.File("heard.wav");
        FileInfo grammar = scratch.File("room.gram");
        await File.WriteAllBytesAsync(file.FullName, wav);
        await File.WriteAllTextAsync(grammar.FullName, $"#JSGF V1.0;\ngrammar room;\npublic <said> = <sentence>+;\n<sentence> = {string.Join(" | ", sentences)};\n");
        string output = await RunAsync("pocketsphinx_continuous", "-infile", file.FullName, "-jsgf", grammar.FullName, "-time", "yes", "-logfn", scratch.File("log").FullName);
        List<object> segments = [];
        List<(string Word, double Start, double End)> words = [];
        foreach (string line in output.Split('\n').Append("end"))
        {
            // word start end probability; a line of another form begins the next utterance.
            string[] parts = line.Trim().Split(' ');
            if (parts.Length == 4 && double.TryParse(parts[1], CultureInfo.InvariantCulture, out double start) && double.TryParse(parts[2], CultureInfo.InvariantCulture, out double end))
            {
                if (char.IsLetter(parts[0][0]))
                {
                    words.Add((parts[0].Split('(')[0], start, end));
                }

                continue;
            }

            if (words.Count > 0)
            {
                segments.Add(new { id = segments.Count, start = words[0].Start, end = words[^1].End, text = " " + string.Join(' ', words.Select(word => word.Word)) });
                words.Clear();
            }
        }

        return JsonSerializer.Serialize(new { task = "transcribe", language = "english", segments });
    }

    private static string? Missing(params string[] programs) => programs.FirstOrDefault(program =>
        !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program))));

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using ChildProcess process = ChildProcess.Start(program, program, arguments);
        int code = await process.WaitForExitAsync(_deadline);
        Assert.True(code == 0, $"{program} ended with {code}: {process.Output}");
        return process.Output;
    }
}

/// <summary>A test with a real recogniser: skipped, with the reason, where there is none.</summary>
public sealed class RecogniserFactAttribute : FactAttribute
{
    public RecogniserFactAttribute() => Skip = RealRecogniser.Absence;
}
