namespace Recording.Storage;

/// <summary>When a put may happen: always, only over a given version, or only where nothing is yet.</summary>
public readonly record struct PutCondition
{
    /// <summary>The ETag that must be there now.</summary>
    public string? IfMatch { get; private init; }

    /// <summary>Nothing may be there now.</summary>
    public bool IfAbsent { get; private init; }

    /// <summary>Only over the version with this ETag.</summary>
    public static PutCondition Match(string etag) => new() { IfMatch = etag };

    /// <summary>Only where no object exists.</summary>
    public static PutCondition Absent { get; } = new() { IfAbsent = true };
}
