using Recording.Model;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Why a link ended.</summary>
/// <param name="Code">The code that the SFU was told; <see cref="RecordingErrorCode.None"/> = it ended the link itself.</param>
/// <param name="Reason">For a person.</param>
/// <param name="WasRegistered">Whether it ever carried anything.</param>
internal sealed record LinkEnd(RecordingErrorCode Code, string Reason, bool WasRegistered);
