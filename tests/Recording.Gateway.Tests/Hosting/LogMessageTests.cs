using System.Reflection;
using Microsoft.Extensions.Logging;
using Recording.Gateway.Sfu;

namespace Recording.Gateway.Tests.Hosting;

/// <summary>What an operator reads as text says which link, track or file it is about.</summary>
public sealed class LogMessageTests
{
    [Fact]
    public void Every_value_that_is_logged_stands_in_the_message()
    {
        (MethodInfo Method, LoggerMessageAttribute Log)[] messages =
        [
            .. typeof(SfuLinkLog).Assembly.GetTypes()
                .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                .Select(static method => (method, log: method.GetCustomAttribute<LoggerMessageAttribute>()!))
                .Where(static pair => pair.log is not null),
        ];
        Assert.NotEmpty(messages);
        string[] missing =
        [
            .. from message in messages
            from parameter in message.Method.GetParameters()
            where parameter.ParameterType != typeof(ILogger) && !parameter.ParameterType.IsAssignableTo(typeof(Exception))
                && !message.Log.Message.Contains("{" + parameter.Name, StringComparison.OrdinalIgnoreCase)
            select $"{message.Method.DeclaringType!.Name}.{message.Method.Name}: {parameter.Name}",
        ];
        Assert.Empty(missing);
    }
}
