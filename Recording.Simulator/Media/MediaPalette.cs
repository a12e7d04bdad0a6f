namespace Recording.Simulator.Media;

/// <summary>The colour and pitch by which a participant is told from the others in a picture or a mix.</summary>
public static class MediaPalette
{
    private static readonly uint[] _colours =
        [0xC03028, 0x2860C0, 0x28A048, 0xC08020, 0x8038B0, 0x20A0A0, 0xB03080, 0x707830, 0x4848A8, 0x905030, 0x308060, 0x606060];

    /// <summary>Participants with a colour and pitch of their own; after that they repeat.</summary>
    public static int Size => _colours.Length;

    /// <summary>Base colour of a participant's picture, 0xRRGGBB.</summary>
    public static uint Colour(int participant) => _colours[participant % _colours.Length];

    /// <summary>Pitch of a participant's beep, Hz: 1000 and up, a third of a tone apart.</summary>
    public static int Pitch(int participant) => 1000 + (60 * (participant % _colours.Length));
}
