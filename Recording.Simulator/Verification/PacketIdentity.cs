using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Recording.Simulator.Verification;

/// <summary>A packet's bytes as 128 bits of their SHA-256.</summary>
internal readonly record struct PacketIdentity(ulong High, ulong Low)
{
    public static PacketIdentity Of(ReadOnlySpan<byte> packet)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(packet, hash);
        return FromHash(hash);
    }

    public static PacketIdentity FromHash(ReadOnlySpan<byte> hash) => new(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]));

    public override string ToString() => $"{High:x16}{Low:x16}..";
}
