using System.Globalization;

namespace Recording.EndToEnd.Chaos;

/// <summary>One fault of a schedule.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Target">To which of the parts that can meet it, from 0; taken modulo their number.</param>
/// <param name="Pause">How long nothing happens before it.</param>
/// <param name="Duration">How long it lasts.</param>
/// <param name="OverlapsNext">The next fault begins while this one lasts.</param>
public sealed record Fault(int Number, FaultKind Kind, int Target, TimeSpan Pause, TimeSpan Duration, bool OverlapsNext)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Number}: {Kind} of {Target} for {Duration.TotalSeconds:0.0} s after {Pause.TotalSeconds:0.0} s{(OverlapsNext ? ", with the next" : "")}");
}
