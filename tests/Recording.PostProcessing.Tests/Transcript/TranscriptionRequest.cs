using System.Net;
using System.Text;

namespace Recording.PostProcessing.Tests.Transcript;

/// <summary>What a server got.</summary>
/// <param name="Path">Of the URL.</param>
/// <param name="Authorization">Header; empty = none.</param>
/// <param name="Fields">Form fields that hold text.</param>
/// <param name="File">The sound.</param>
/// <param name="FileName">As the form names it.</param>
public sealed record TranscriptionRequest(string Path, string Authorization, IReadOnlyDictionary<string, string> Fields, byte[] File, string FileName)
{
    /// <summary>Reads a multipart form (RFC 7578).</summary>
    public static async Task<TranscriptionRequest> ReadAsync(HttpListenerRequest request)
    {
        using var body = new MemoryStream();
        await request.InputStream.CopyToAsync(body);
        byte[] bytes = body.ToArray();
        string type = request.ContentType ?? "";
        string boundary = type[(type.IndexOf("boundary=", StringComparison.Ordinal) + 9)..].Trim('"');
        byte[] mark = Encoding.ASCII.GetBytes("--" + boundary);
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        byte[] file = [];
        string fileName = "";
        for (int at = 0; ;)
        {
            int start = bytes.AsSpan(at).IndexOf(mark);
            int next = start < 0 ? -1 : bytes.AsSpan(at + start + mark.Length).IndexOf(mark);
            if (next < 0)
            {
                break;
            }

            ReadOnlySpan<byte> part = bytes.AsSpan(at + start + mark.Length, next);
            int headerEnd = part.IndexOf("\r\n\r\n"u8);
            string headers = Encoding.UTF8.GetString(part[..headerEnd]);
            ReadOnlySpan<byte> content = part[(headerEnd + 4)..^2];
            string name = Between(headers, "name=");
            if (headers.Contains("filename=", StringComparison.Ordinal))
            {
                (file, fileName) = (content.ToArray(), Between(headers, "filename="));
            }
            else
            {
                fields[name] = Encoding.UTF8.GetString(content);
            }

            at += start + mark.Length + next;
        }

        return new TranscriptionRequest(request.Url!.AbsolutePath, request.Headers["Authorization"] ?? "", fields, file, fileName);
    }

    private static string Between(string headers, string before)
    {
        int start = headers.IndexOf(before, StringComparison.Ordinal) + before.Length;
        string rest = headers[start..];
        return rest.StartsWith('"') ? rest[1..rest.IndexOf('"', 1)] : rest.Split(';', '\r')[0];
    }
}
