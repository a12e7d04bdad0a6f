using System.Buffers;
using System.Globalization;

namespace Recording.Media.TrackFiles;

/// <summary>What the name of a segment says: its epoch, its index range, and the activation that wrote it.</summary>
/// <param name="Epoch">Session that numbered the packets.</param>
/// <param name="FirstIndex">First index held, from 1.</param>
/// <param name="LastIndex">Last index held; FirstIndex - 1 for a segment of markers only.</param>
/// <param name="Activation">Letters, digits, <c>_</c> and <c>.</c>; never the same for two activations.</param>
public readonly record struct SegmentKey(ulong Epoch, ulong FirstIndex, ulong LastIndex, string Activation)
{
    private const int EpochDigits = 16;
    private const int IndexDigits = 20;
    private const int MaxActivationLength = 64;
    private const string Extension = ".rtp";

    private static readonly SearchValues<char> _activationCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._");

    /// <summary>By epoch, first index, then markers alone before packets and longer before shorter, then activation: the order of assembly.</summary>
    public static IComparer<SegmentKey> AssemblyOrder { get; } = Comparer<SegmentKey>.Create(Compare);

    /// <summary>Indexes held.</summary>
    public ulong Count => LastIndex - FirstIndex + 1;

    /// <summary>The last element of the segment's key: <c>{epoch:x16}-{first:d20}-{last:d20}-{activation}.rtp</c>.</summary>
    public string FileName => string.Create(
        CultureInfo.InvariantCulture,
        $"{Epoch:x16}-{FirstIndex:d20}-{LastIndex:d20}-{Activation}{Extension}");

    /// <summary>Whether this segment holds all that <paramref name="other"/> holds.</summary>
    public bool Covers(SegmentKey other) => Epoch == other.Epoch && FirstIndex <= other.FirstIndex && LastIndex >= other.LastIndex;

    /// <summary>Reads a file name or a whole key; false when its last element is no segment.</summary>
    public static bool TryParse(ReadOnlySpan<char> key, out SegmentKey segment)
    {
        segment = default;
        ReadOnlySpan<char> name = key[(key.LastIndexOf('/') + 1)..];
        const int FirstOffset = EpochDigits + 1;
        const int LastOffset = FirstOffset + IndexDigits + 1;
        const int ActivationOffset = LastOffset + IndexDigits + 1;
        if (name.Length <= ActivationOffset + Extension.Length
            || name.Length > ActivationOffset + MaxActivationLength + Extension.Length
            || name[FirstOffset - 1] != '-' || name[LastOffset - 1] != '-' || name[ActivationOffset - 1] != '-'
            || !name.EndsWith(Extension, StringComparison.Ordinal)
            || !ulong.TryParse(name[..EpochDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong epoch)
            || !ulong.TryParse(name.Slice(FirstOffset, IndexDigits), NumberStyles.None, CultureInfo.InvariantCulture, out ulong first)
            || !ulong.TryParse(name.Slice(LastOffset, IndexDigits), NumberStyles.None, CultureInfo.InvariantCulture, out ulong last)
            || first == 0
            || last < first - 1)
        {
            return false;
        }

        segment = new SegmentKey(epoch, first, last, name[ActivationOffset..^Extension.Length].ToString());
        return IsActivation(segment.Activation) && name.Equals(segment.FileName, StringComparison.Ordinal);
    }

    /// <summary>Whether a text can stand as the activation of a key.</summary>
    public static bool IsActivation(ReadOnlySpan<char> activation) =>
        activation.Length is > 0 and <= MaxActivationLength && activation.IndexOfAnyExcept(_activationCharacters) < 0;

    /// <inheritdoc cref="FileName" />
    public override string ToString() => FileName;

    private static int Compare(SegmentKey left, SegmentKey right)
    {
        int order = left.Epoch.CompareTo(right.Epoch);
        order = order != 0 ? order : left.FirstIndex.CompareTo(right.FirstIndex);
        order = order != 0 ? order : (left.Count != 0).CompareTo(right.Count != 0);
        order = order != 0 ? order : right.LastIndex.CompareTo(left.LastIndex);
        return order != 0 ? order : string.CompareOrdinal(left.Activation, right.Activation);
    }
}
