using Recording.Model;

namespace Recording.Grains.Abstractions;

/// <summary>Converts between the exception and what travels.</summary>
[RegisterConverter]
public sealed class RecordingExceptionConverter : IConverter<RecordingException, RecordingExceptionSurrogate>
{
    /// <inheritdoc />
    public RecordingException ConvertFromSurrogate(in RecordingExceptionSurrogate surrogate) => new(surrogate.Code, surrogate.Message);

    /// <inheritdoc />
    public RecordingExceptionSurrogate ConvertToSurrogate(in RecordingException value) => new() { Code = value.Code, Message = value.Message };
}
