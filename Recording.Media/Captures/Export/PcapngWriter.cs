using System.Buffers.Binary;
using System.Text;

namespace Recording.Media.Captures.Export;

/// <summary>Writes pcapng (draft-ietf-opsawg-pcapng), little endian, times in µs: one section, an Ethernet interface for each track.</summary>
public sealed class PcapngWriter : IDisposable
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint EnhancedPacket = 6;
    private const ushort Ethernet = 1;
    private const ushort CommentOption = 1;
    private const ushort ApplicationOption = 4;
    private const ushort NameOption = 2;
    private const ushort TimestampResolutionOption = 9;
    private const byte Microseconds = 6;

    // An option's length has 16 bits, and other tools give up before that.
    private const int MaxOption = 16 * 1024;

    private readonly Stream _output;
    private readonly MemoryStream _block = new();
    private readonly byte[] _word = new byte[sizeof(ulong)];
    private int _interfaces;

    /// <param name="output">Where the file goes; not closed.</param>
    /// <param name="application">What writes it.</param>
    /// <param name="comment">What is in it; empty = nothing to say.</param>
    public PcapngWriter(Stream output, string application, string comment)
    {
        _output = output;
        Begin();
        Word(ByteOrderMagic);
        Half(1);
        Half(0);
        Word(ulong.MaxValue);
        Option(CommentOption, comment);
        Option(ApplicationOption, application);
        End(SectionHeader);
    }

    /// <summary>Adds an interface and returns its number.</summary>
    public int AddInterface(string name, string comment)
    {
        Begin();
        Half(Ethernet);
        Half(0);
        Word(0u);
        Option(CommentOption, comment);
        Option(NameOption, name);
        Option(TimestampResolutionOption, [Microseconds]);
        End(InterfaceDescription);
        return _interfaces++;
    }

    /// <summary>Writes a frame.</summary>
    /// <param name="interfaceId">As <see cref="AddInterface"/> gave it.</param>
    /// <param name="timeUs">µs since 1970.</param>
    /// <param name="frame">From the Ethernet header on.</param>
    /// <param name="comment">Empty = none.</param>
    public void Write(int interfaceId, long timeUs, ReadOnlySpan<byte> frame, string comment)
    {
        Begin();
        Word((uint)interfaceId);
        Word((uint)((ulong)timeUs >> 32));
        Word((uint)timeUs);
        Word((uint)frame.Length);
        Word((uint)frame.Length);
        Padded(frame);
        Option(CommentOption, comment);
        End(EnhancedPacket);
    }

    /// <inheritdoc />
    public void Dispose() => _block.Dispose();

    private void Begin() => _block.SetLength(0);

    private void Half(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_word, value);
        _block.Write(_word, 0, sizeof(ushort));
    }

    private void Word(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_word, value);
        _block.Write(_word, 0, sizeof(uint));
    }

    private void Word(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_word, value);
        _block.Write(_word, 0, sizeof(ulong));
    }

    private void Padded(ReadOnlySpan<byte> bytes)
    {
        _block.Write(bytes);
        while (_block.Length % sizeof(uint) != 0)
        {
            _block.WriteByte(0);
        }
    }

    private void Option(ushort code, string text)
    {
        if (text.Length > 0)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Option(code, bytes.AsSpan(0, Math.Min(bytes.Length, MaxOption)));
        }
    }

    private void Option(ushort code, ReadOnlySpan<byte> value)
    {
        Half(code);
        Half((ushort)value.Length);
        Padded(value);
    }

    // Type and total length before the body, the length again behind it; options end with a zero one where there are any.
    private void End(uint type)
    {
        Word(0u);
        uint length = (uint)_block.Length + (3 * sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(_word, type);
        BinaryPrimitives.WriteUInt32LittleEndian(_word.AsSpan(sizeof(uint)), length);
        _output.Write(_word);
        _output.Write(_block.GetBuffer(), 0, (int)_block.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_word, length);
        _output.Write(_word, 0, sizeof(uint));
    }
}
