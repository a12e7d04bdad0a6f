using System.Runtime.ExceptionServices;
using Orleans.Runtime;
using Recording.Model;

namespace Recording.Grains.Abstractions;

/// <summary>Takes <see cref="RecordingException"/> out of the exception that Orleans wraps around whatever a storage provider throws.</summary>
public sealed class RecordingExceptionFilter : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
{
    /// <inheritdoc />
    public Task Invoke(IIncomingGrainCallContext context) => InvokeAsync(context.Invoke());

    /// <inheritdoc />
    public Task Invoke(IOutgoingGrainCallContext context) => InvokeAsync(context.Invoke());

    private static Task InvokeAsync(Task call) => call.IsCompletedSuccessfully ? call : UnwrapAsync(call);

    private static async Task UnwrapAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (OrleansException exception) when (Find(exception) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    private static RecordingException? Find(Exception exception)
    {
        for (Exception? inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is RecordingException found)
            {
                return found;
            }
        }

        return null;
    }
}
