using Microsoft.Extensions.Logging;
using Recording.Gateway.Sfu.Links;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>Counts log messages by event id.</summary>
internal sealed class CountingLogger : ILogger<SfuLink>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, int> _counts = [];

    public int Count(int eventId)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(eventId);
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            _counts[eventId.Id] = _counts.GetValueOrDefault(eventId.Id) + 1;
        }
    }
}
