namespace Recording.PostProcessing.Ffmpeg;

/// <summary>A filter graph in a file: the kernel lets one argument have 128 KiB, and a graph with thousands of cuts is longer.</summary>
internal static class GraphFile
{
    /// <summary>Writes the file and gives the arguments that name it.</summary>
    /// <param name="probe">Knows the option.</param>
    /// <param name="graph">What <c>-filter_complex</c> would take.</param>
    /// <param name="file">Made or replaced; in FFmpeg's working directory.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<string[]> WriteAsync(FfmpegProbe probe, string graph, FileInfo file, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(file.FullName, graph, cancellationToken);
        return [probe.GraphFileOption, file.Name];
    }
}
