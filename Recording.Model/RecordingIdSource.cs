using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Recording.Model;

/// <summary>
/// Mints recording ids: 48 bits of milliseconds since 1970 and 80 random bits, as 26 lower-case characters of Crockford's base 32.
/// Ids of one process rise strictly, also within a millisecond and when the clock steps back. Safe for concurrent use.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="random">Source of the random part.</param>
public sealed class RecordingIdSource(TimeProvider time, RandomNumberGenerator random)
{
    private readonly Lock _gate = new();
    private readonly byte[] _last = new byte[RecordingId.ByteLength];
    private long _lastMs = -1;

    /// <summary>A new id, ordinally greater than every id this source gave before.</summary>
    public string Next()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > _lastMs)
            {
                WriteTime(now);
                var tail = _last.AsSpan(RecordingId.ByteLength - RecordingId.EntropyBytes);
                random.GetBytes(tail);
                // The top bit stays clear so that counting up within a millisecond cannot run over.
                tail[0] &= 0x7F;
            }
            else
            {
                Increment();
            }

            return RecordingId.Encode(_last);
        }
    }

    private void WriteTime(long milliseconds)
    {
        _lastMs = milliseconds;
        Span<byte> wide = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(wide, milliseconds);
        wide[2..].CopyTo(_last);
    }

    private void Increment()
    {
        for (var i = _last.Length - 1; i >= 0; i--)
        {
            if (++_last[i] != 0)
            {
                return;
            }
        }
    }
}
