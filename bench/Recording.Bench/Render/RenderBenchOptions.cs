using Recording.PostProcessing.Outputs;

namespace Recording.Bench.Render;

/// <summary>What the render benchmark does.</summary>
internal sealed record RenderBenchOptions
{
    /// <summary>Length of the room, seconds.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary>Participants with a camera and a microphone each.</summary>
    public int Tiles { get; init; } = 4;

    /// <summary>What is made of it.</summary>
    public CompositionSettings Settings { get; init; } = CompositionSettings.Default;

    /// <summary>Size of a camera's picture.</summary>
    public string Camera { get; init; } = "640x360";

    public static RenderBenchOptions Parse(string[] arguments)
    {
        var options = new RenderBenchOptions();
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            int value = int.Parse(arguments[i + 1]);
            options = arguments[i] switch
            {
                "--seconds" => options with { Seconds = value },
                "--tiles" => options with { Tiles = value },
                _ => throw new ArgumentException($"render has no option {arguments[i]}"),
            };
        }

        return options;
    }
}
