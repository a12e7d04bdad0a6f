namespace Recording.Simulator.Media;

/// <summary>
/// VP8 frames to RTP (RFC 7741 section 4.2), with a 15-bit PictureID and no layers, as a browser sends without simulcast:
/// <code>
///  0 1 2 3 4 5 6 7
/// |X|R|N|S|R| PID |  X=1, S=1 on the first packet of a frame
/// |I|L|T|K| RSV   |  I=1
/// |M| PictureID   |  M=1: 15 bits
/// |   PictureID   |
/// </code>
/// </summary>
public sealed class Vp8Packetizer
{
    private const byte Extended = 0x80;
    private const byte StartOfPartition = 0x10;
    private const byte PictureIdPresent = 0x80;
    private const byte FifteenBits = 0x80;
    private const int DescriptorSize = 4;
    private const int RtpHeaderSize = 12;

    private readonly RtpStream _stream;
    private ushort _pictureId;

    /// <summary>Starts the PictureID at random.</summary>
    public Vp8Packetizer(RtpStream stream, Random random)
    {
        _stream = stream;
        _pictureId = (ushort)random.Next(0x8000);
    }

    /// <summary>PictureID of the next frame, 0..32767.</summary>
    public ushort NextPictureId => _pictureId;

    /// <summary>Appends the packets of one frame: as few as the MTU allows, of about equal size, marker on the last.</summary>
    public void Packetize(ReadOnlySpan<byte> frame, long ticks, ReadOnlySpan<OneByteExtension> extensions, ICollection<byte[]> output)
    {
        int room = RtpStream.Mtu - RtpHeaderSize - RtpStream.ExtensionLength(extensions) - DescriptorSize;
        int count = Math.Max(1, (frame.Length + room - 1) / room);
        int size = (frame.Length + count - 1) / count;
        Span<byte> descriptor =
        [
            Extended | StartOfPartition, PictureIdPresent, (byte)(FifteenBits | (_pictureId >> 8)), (byte)_pictureId,
        ];
        for (int i = 0; i < count; i++)
        {
            int offset = i * size;
            ReadOnlySpan<byte> part = frame.Slice(offset, Math.Min(size, frame.Length - offset));
            output.Add(_stream.Build(ticks, marker: i == count - 1, extensions, descriptor, part));
            descriptor[0] = Extended;
        }

        _pictureId = (ushort)((_pictureId + 1) & 0x7FFF);
    }
}
