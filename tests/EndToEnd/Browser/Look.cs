namespace Recording.EndToEnd.Browser;

/// <summary>How a participant of Browser/node/scenarios.js is told apart.</summary>
/// <param name="Name">Peer id.</param>
/// <param name="Colour">0xRRGGBB of the picture.</param>
/// <param name="Pitch">Hz of the beep.</param>
internal sealed record Look(string Name, int Colour, double Pitch);
