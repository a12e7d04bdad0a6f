namespace Recording.Media.Rtp;

/// <summary>How a picture must be turned to be upright: the header extension urn:3gpp:video-orientation (3GPP TS 26.114, 7.4.5).</summary>
/// <param name="Clockwise">Degrees that the shown picture is turned clockwise: 0, 90, 180 or 270.</param>
/// <param name="IsFlipped">It is mirrored left to right, before it is turned.</param>
/// <param name="IsBackCamera">It comes from the camera that looks away from the user.</param>
public readonly record struct VideoOrientation(int Clockwise, bool IsFlipped, bool IsBackCamera)
{
    /// <summary>URI of the header extension.</summary>
    public const string Uri = "urn:3gpp:video-orientation";

    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |0 0 0 0 C F R R|
    // +-+-+-+-+-+-+-+-+
    private const int CameraMask = 0x08;
    private const int FlipMask = 0x04;
    private const int RotationMask = 0x03;
    private const int QuarterTurn = 90;

    /// <summary>Reads the extension's byte; its upper bits are free.</summary>
    public static VideoOrientation Parse(byte value) =>
        new((value & RotationMask) * QuarterTurn, (value & FlipMask) != 0, (value & CameraMask) != 0);
}
