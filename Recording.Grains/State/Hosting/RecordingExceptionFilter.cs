using System.Runtime.ExceptionServices;
using Orleans.Runtime;
using Recording.Model;

namespace Recording.Grains.State.Hosting;

/// <summary>Takes <see cref="RecordingException"/> out of the exception that Orleans wraps around whatever a storage provider throws.</summary>
internal sealed class RecordingExceptionFilter : IIncomingGrainCallFilter, IOutgoingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => InvokeAsync(context.Invoke());

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
