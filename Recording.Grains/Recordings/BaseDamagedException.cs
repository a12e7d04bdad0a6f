namespace Recording.Grains.Recordings;

/// <summary>The complete file that late segments are to be added to is gone, or is not what was committed. It never leaves the recording.</summary>
/// <param name="file">Relative to the prefix.</param>
/// <param name="fault">What is wrong with it.</param>
/// <param name="innerException">What was found.</param>
internal sealed class BaseDamagedException(string file, string fault, Exception? innerException = null)
    : Exception($"{file} {fault}: nothing can be added to it.", innerException)
{
    /// <summary>Relative to the prefix.</summary>
    public string File { get; } = file;
}
