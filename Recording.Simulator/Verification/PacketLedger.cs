using System.Text.Json;
using Recording.Model;

namespace Recording.Simulator.Verification;

/// <summary>What SFUs sent, read from the lines of their ledgers: how often each packet of each producer.</summary>
internal sealed class PacketLedger
{
    private readonly Dictionary<(string Room, string Producer), Dictionary<PacketIdentity, int>> _sent = [];

    public long Count { get; private set; }

    public int CutLines { get; private set; }

    public IEnumerable<(string Room, string Producer)> Tracks => _sent.Keys;

    public static PacketLedger Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"there is no ledger {path}");
        }

        var ledger = new PacketLedger();
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length > 0 && !ledger.TryAdd(line))
            {
                // Only the line on which a process died may be cut; a restarted one appends behind it.
                if (line.StartsWith('{') && !line.EndsWith('}'))
                {
                    ledger.CutLines++;
                    continue;
                }

                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{path}:{number} is no line of a ledger");
            }
        }

        return ledger;
    }

    public IReadOnlyDictionary<PacketIdentity, int> Sent(string room, string producer) =>
        _sent.TryGetValue((room, producer), out Dictionary<PacketIdentity, int>? sent) ? sent : new Dictionary<PacketIdentity, int>();

    private bool TryAdd(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            (string Room, string Producer) track = (root.GetProperty("room").GetString()!, root.GetProperty("producer").GetString()!);
            byte[] hash = Convert.FromHexString(root.GetProperty("sha256").GetString()!);
            if (hash.Length != 32)
            {
                return false;
            }

            if (!_sent.TryGetValue(track, out Dictionary<PacketIdentity, int>? packets))
            {
                _sent.Add(track, packets = []);
            }

            PacketIdentity packet = PacketIdentity.FromHash(hash);
            packets[packet] = packets.GetValueOrDefault(packet) + 1;
            Count++;
            return true;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentNullException)
        {
            return false;
        }
    }
}
