using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Recording.Grains.Tests.Doubles;

/// <summary>Keeps what is logged.</summary>
/// <param name="lines">Gets each line, behind its level.</param>
internal sealed class CapturedLog(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
