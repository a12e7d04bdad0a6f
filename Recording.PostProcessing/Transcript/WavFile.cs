using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Recording.PostProcessing.Transcript;

/// <summary>Raw samples on disk (16 kHz, one channel, signed 16 bits, little endian), and WAV files of pieces of them.</summary>
internal static class WavFile
{
    private const int HeaderLength = 44;
    private const int BytesPerSample = 2;
    private const int BlockBytes = 64 * 1024;

    /// <summary>Finds the speech in a file of raw samples.</summary>
    public static IReadOnlyList<SpeechPiece> FindSpeech(FileInfo raw, double longestSeconds, CancellationToken cancellationToken)
    {
        var splitter = new SpeechSplitter();
        byte[] buffer = new byte[BlockBytes];
        using FileStream stream = raw.OpenRead();
        int read;
        while ((read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            splitter.Add(MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, read - (read % BytesPerSample))));
        }

        return splitter.Pieces(longestSeconds);
    }

    /// <summary>A WAV file of one piece.</summary>
    public static byte[] Cut(FileInfo raw, SpeechPiece piece)
    {
        using FileStream stream = raw.OpenRead();
        stream.Position = piece.First * BytesPerSample;
        int length = (int)Math.Min((long)piece.Count * BytesPerSample, Math.Max(0, stream.Length - stream.Position));
        byte[] wav = new byte[HeaderLength + length];
        stream.ReadExactly(wav, HeaderLength, length);

        // RIFF: chunk sizes count what follows them; format 1 is PCM.
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), SpeechSplitter.SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), SpeechSplitter.SampleRate * BytesPerSample);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), BytesPerSample);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 8 * BytesPerSample);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), length);
        return wav;
    }
}
