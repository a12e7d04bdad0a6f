using Orleans.Hosting;
using Orleans.Serialization;

namespace Recording.Grains.Abstractions;

/// <summary>Serialization that silos and clients must share.</summary>
public static class RecordingSerialization
{
    /// <summary>Documents of Recording.Model cross grain calls as JSON: they are off the packet path and that project knows no actors.</summary>
    public static ISerializerBuilder AddRecordingModel(this ISerializerBuilder builder) =>
        builder.AddJsonSerializer(static type => type.Namespace is "Recording.Model" && !type.IsEnum && !typeof(Exception).IsAssignableFrom(type));

    /// <summary>Lets a client see <see cref="Model.RecordingException"/> where a grain could not be activated because the store is down, not Orleans' wrapping of it.</summary>
    public static IClientBuilder AddRecordingExceptions(this IClientBuilder builder) => builder.AddOutgoingGrainCallFilter<RecordingExceptionFilter>();
}
