using System.Globalization;

namespace Recording.EndToEnd.Deployments;

/// <summary>
/// An <c>ffmpeg</c> for the PATH of processors: it tells who ran it, waits until the test lets it go on, or fails; then it is the real one. Runs that
/// only ask what FFmpeg can do pass through.
/// </summary>
public sealed class GatedFfmpeg
{
    private readonly string _folder;

    /// <param name="folder">Made for it.</param>
    public GatedFfmpeg(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string real = path.Split(Path.PathSeparator).Select(static part => Path.Combine(part, "ffmpeg")).First(File.Exists);
        string script = Path.Combine(_folder, "ffmpeg");
        File.WriteAllText(script, $$"""
            #!/bin/sh
            case "$*" in
            *-progress*) ;;
            *) exec "{{real}}" "$@" ;;
            esac
            echo "$PPID $$" >> "{{_folder}}/runs"
            if [ -e "{{_folder}}/fail" ]; then
              i=0
              while [ $i -lt 60 ]; do i=$((i + 1)); echo "line $i of trouble" >&2; done
              exit 3
            fi
            while [ -e "{{_folder}}/closed" ] && [ -d "/proc/$PPID" ]; do sleep 0.2; done
            [ -d "/proc/$PPID" ] || exit 1
            echo "$PPID $$" >> "{{_folder}}/passed"
            exec "{{real}}" "$@"
            """.ReplaceLineEndings("\n"));
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("a shell script stands in for ffmpeg");
        }

        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        SearchPath = _folder + Path.PathSeparator + path;
    }

    /// <summary>The PATH that finds it first.</summary>
    public string SearchPath { get; }

    /// <summary>Runs wait from now on.</summary>
    public void Close() => File.WriteAllText(Path.Combine(_folder, "closed"), "");

    /// <summary>Runs that wait go on.</summary>
    public void Open() => File.Delete(Path.Combine(_folder, "closed"));

    /// <summary>Runs fail, or do not any more.</summary>
    public bool Fails
    {
        set
        {
            if (value)
            {
                File.WriteAllText(Path.Combine(_folder, "fail"), "");
            }
            else
            {
                File.Delete(Path.Combine(_folder, "fail"));
            }
        }
    }

    /// <summary>Who began it so far: process id of the processor, and its own. One that was begun as its processor was killed may come late.</summary>
    public IReadOnlyList<(int Processor, int Own)> Runs => Read("runs");

    /// <summary>Who was let through so far, while its processor lived.</summary>
    public IReadOnlyList<(int Processor, int Own)> Passed => Read("passed");

    private (int Processor, int Own)[] Read(string name) => !File.Exists(Path.Combine(_folder, name))
        ? []
        : [.. File.ReadAllLines(Path.Combine(_folder, name)).Select(static line => line.Split(' ')).Where(static words => words.Length == 2)
            .Select(static words => (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture)))];
}
