namespace Recording.PostProcessing.Transcript;

/// <summary>Turns speech into text.</summary>
public interface ITranscriber
{
    /// <summary>Transcribes one piece of sound.</summary>
    /// <param name="wav">A whole WAV file: 16 kHz, one channel, 16 bits.</param>
    /// <param name="settings">Language and model.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Recording.Model.RecordingException">4003: it does not answer as it should; later it may. 1003: it refuses such requests. 4004: there is none.</exception>
    Task<Transcription> TranscribeAsync(ReadOnlyMemory<byte> wav, TranscriptSettings settings, CancellationToken cancellationToken);
}
