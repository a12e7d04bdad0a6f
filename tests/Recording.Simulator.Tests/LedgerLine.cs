using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recording.Simulator.Tests;

/// <summary>One line of a ledger.</summary>
internal sealed record LedgerLine(
    [property: JsonPropertyName("room")] string Room,
    [property: JsonPropertyName("producer")] string Producer,
    [property: JsonPropertyName("epoch")] string Epoch,
    [property: JsonPropertyName("index")] ulong Index,
    [property: JsonPropertyName("sha256")] string Sha256)
{
    public static IReadOnlyList<LedgerLine> Read(MemoryStream ledger) =>
        [.. System.Text.Encoding.UTF8.GetString(ledger.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<LedgerLine>(line)!)];
}
