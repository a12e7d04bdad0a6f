using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>What a producer's packets are made of.</summary>
internal sealed record ProducerFormat
{
    public required string Codec { get; init; }

    public required int PayloadType { get; init; }

    public required uint Ssrc { get; init; }

    public required int ClockRate { get; init; }

    public int Channels { get; init; }

    public string ConsumerType { get; init; } = "simple";

    public IReadOnlyList<PayloadType> PayloadTypes { get; init; } = [];

    public IReadOnlyList<HeaderExtension> HeaderExtensions { get; init; } = [];

    public IReadOnlyList<Encoding> Encodings { get; init; } = [];
}
