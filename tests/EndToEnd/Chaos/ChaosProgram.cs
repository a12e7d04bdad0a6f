using System.Globalization;

namespace Recording.EndToEnd.Chaos;

/// <summary>
/// The long form (<c>./rec chaos</c>): <c>--faults N --seed S [--on process|cluster|both] [--plan-only] [--piece N] [--kinds A,B] [--keep DIR]</c>. The last line of its output is one JSON object.
/// </summary>
internal static class ChaosProgram
{
    private const string Usage = "usage: ./rec chaos [--faults 200] [--seed 1] [--on process|cluster|both] [--plan-only] [--piece 25] [--kinds KillSilo,StallLink,...] [--keep DIR]";

    private static async Task<int> Main(string[] args)
    {
        if (!TryParse(args, out Arguments arguments))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        var total = new ChaosResult();
        foreach (ChaosOptions piece in Pieces(arguments))
        {
            ChaosResult result;
            try
            {
                result = await ChaosRun.RunAsync(piece);
            }
            catch (Exception exception)
            {
                // A system that does not come back has lost what it was to record.
                Console.WriteLine(exception);
                result = new ChaosResult { Faults = piece.Faults, Unfinished = 1, Problems = [exception.Message] };
            }

            foreach (string problem in result.Problems)
            {
                Console.WriteLine($"problem: {problem}");
            }

            Console.WriteLine(result);
            total += result;
        }

        Console.WriteLine(total);
        return total.IsGood ? 0 : 1;
    }

    // In pieces: each with a system, rooms and a seed of its own, so that a piece that fails can be run again alone.
    private static IEnumerable<ChaosOptions> Pieces(Arguments arguments)
    {
        int left = arguments.Faults;
        for (int number = 0; left > 0; number++)
        {
            int faults = Math.Min(left, arguments.Piece);
            left -= faults;
            string? folder = arguments.Keep is { } keep ? Path.Combine(keep, $"seed-{arguments.Seed + number}") : null;
            if (folder is not null)
            {
                Directory.CreateDirectory(folder);
            }

            yield return new ChaosOptions
            {
                Faults = faults,
                Seed = arguments.Seed + number,
                Cluster = arguments.On == "cluster" || (arguments.On == "both" && number % 2 == 1),
                PlanOnly = arguments.PlanOnly,
                Kinds = arguments.Kinds,
                KeepIn = folder,
                Log = Console.WriteLine,
            };
        }
    }

    private static bool TryParse(string[] args, out Arguments arguments)
    {
        arguments = new Arguments();
        for (int i = 0; i < args.Length; i++)
        {
            string value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--plan-only":
                    arguments.PlanOnly = true;
                    continue;
                case "--faults" when int.TryParse(value, CultureInfo.InvariantCulture, out int faults) && faults > 0:
                    arguments.Faults = faults;
                    break;
                case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed):
                    arguments.Seed = seed;
                    break;
                case "--piece" when int.TryParse(value, CultureInfo.InvariantCulture, out int piece) && piece > 0:
                    arguments.Piece = piece;
                    break;
                case "--on" when value is "process" or "cluster" or "both":
                    arguments.On = value;
                    break;
                case "--kinds" when value.Split(',').All(static kind => Enum.TryParse<FaultKind>(kind, out _)):
                    arguments.Kinds = [.. value.Split(',').Select(Enum.Parse<FaultKind>)];
                    break;
                case "--keep" when value.Length > 0:
                    arguments.Keep = value;
                    break;
                default:
                    return false;
            }

            i++;
        }

        return true;
    }

    private sealed class Arguments
    {
        public int Faults { get; set; } = 200;

        public int Seed { get; set; } = 1;

        public int Piece { get; set; } = 25;

        public string On { get; set; } = "both";

        public bool PlanOnly { get; set; }

        public IReadOnlyList<FaultKind>? Kinds { get; set; }

        public string? Keep { get; set; }
    }
}
