namespace Recording.Media.Tests.Fuzz;

/// <summary>Damages bytes in the ways that networks, disks and attackers do; the same seed does the same.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[][] _tokens =
    [
        "RBLK"u8.ToArray(), "RTPTRK1\n"u8.ToArray(), "RTPTRKIX"u8.ToArray(), [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 0x80], [0xbe, 0xde], [0x10, 0x00, 0xff, 0xff],
    ];

    public Random Random { get; } = new(seed);

    public byte[] Mutate(byte[] source)
    {
        byte[] data = [.. source];
        for (int i = Random.Next(1, 5); i > 0; i--)
        {
            data = Once(data);
        }

        return data;
    }

    private byte[] Once(byte[] data)
    {
        if (data.Length == 0)
        {
            return [(byte)Random.Next(256)];
        }

        int at = Random.Next(data.Length);
        switch (Random.Next(7))
        {
            case 0:
                data[at] ^= (byte)(1 << Random.Next(8));
                return data;
            case 1:
                data[at] = (byte)Random.Next(256);
                return data;
            case 2:
                return data[..at];
            case 3:
                return data[at..];
            case 4:
                byte[] token = _tokens[Random.Next(_tokens.Length)];
                return [.. data[..at], .. token, .. data[Math.Min(data.Length, at + Random.Next(token.Length + 1))..]];
            case 5:
                int end = Math.Min(data.Length, at + Random.Next(100));
                return data.Length > 4000 ? data : [.. data[..end], .. data[at..]];
            default:
                Random.NextBytes(data.AsSpan(at, Math.Min(8, data.Length - at)));
                return data;
        }
    }
}
