namespace Recording.Model;

/// <summary>Which producers are recorded (plan, check 4): what the policy allows, narrowed by what a request selects.</summary>
/// <param name="Audio">Microphones.</param>
/// <param name="Video">Cameras.</param>
/// <param name="Screenshare">Screenshares, pictures and their sound.</param>
/// <param name="AudioOnly">Nothing but sound, whatever else is allowed.</param>
public readonly record struct MediaFilter(bool Audio, bool Video, bool Screenshare, bool AudioOnly)
{
    /// <summary>What a policy allows; a flag it does not hold allows.</summary>
    public static MediaFilter From(RecordingPolicy policy) => new(
        policy.RecordAudio ?? true,
        policy.RecordVideo ?? true,
        policy.RecordScreenshare ?? true,
        policy.RecordAudioOnly ?? false);

    /// <summary>Narrows by a request's flags; all three false = as the policy says. Never widens.</summary>
    public MediaFilter Narrow(bool audio, bool video, bool screenshare) =>
        audio || video || screenshare
            ? this with { Audio = Audio && audio, Video = Video && video, Screenshare = Screenshare && screenshare }
            : this;

    /// <summary>Whether anything at all can pass.</summary>
    public bool AllowsAnything => Audio || Screenshare || (Video && !AudioOnly);

    /// <summary>Whether a producer is recorded.</summary>
    /// <param name="kind">audio or video.</param>
    /// <param name="isScreenshare">By <see cref="ScreenshareRule"/>; a screenshare's sound counts as screenshare.</param>
    public bool Allows(string kind, bool isScreenshare)
    {
        var isAudio = string.Equals(kind, "audio", StringComparison.OrdinalIgnoreCase);
        if (AudioOnly && !isAudio)
        {
            return false;
        }

        return isScreenshare ? Screenshare : isAudio ? Audio : Video;
    }
}
