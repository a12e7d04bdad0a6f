using System.Security.Cryptography;
using System.Text;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>Names jobs so that asking twice for the same is asking once.</summary>
public static class JobIds
{
    /// <summary>The id of the job that does this to this recording: 26 lower-case characters, the same everywhere.</summary>
    public static string For(JobSpec spec)
    {
        string text = string.Join('\n', spec.RecordingId, spec.Kind, spec.Parameters);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..26];
    }
}
