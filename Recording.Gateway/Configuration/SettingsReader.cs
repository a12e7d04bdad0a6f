using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;

namespace Recording.Gateway.Configuration;

/// <summary>Reads named values with their ranges and keeps every problem, so that all are listed at once.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    /// <summary>One sentence for each value that cannot be used.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>What was read, in order, for <c>--print-config</c>.</summary>
    public List<SettingValue> Values { get; } = [];

    /// <summary>Whether any of these names is set to something.</summary>
    public bool AnySet(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!string.IsNullOrWhiteSpace(configuration[name]))
            {
                return true;
            }
        }

        return false;
    }

    public string Text(string name, string fallback, bool secret = false)
    {
        string? raw = configuration[name];
        bool isSet = !string.IsNullOrWhiteSpace(raw);
        string value = isSet ? raw!.Trim() : fallback;
        Values.Add(new SettingValue(name, secret && value.Length > 0 ? "***" : value, isSet));
        return value;
    }

    public string Choice(string name, string fallback, params string[] allowed)
    {
        string value = Text(name, fallback).ToLowerInvariant();
        if (!allowed.Contains(value, StringComparer.Ordinal))
        {
            Problems.Add($"{name} is '{value}'; it must be one of {string.Join(", ", allowed)}.");
            return fallback;
        }

        return value;
    }

    public bool Flag(string name, bool fallback)
    {
        string value = Text(name, fallback ? "true" : "false").ToLowerInvariant();
        switch (value)
        {
            case "true" or "1" or "yes" or "on":
                return true;
            case "false" or "0" or "no" or "off":
                return false;
            default:
                Problems.Add($"{name} is '{value}'; it must be true or false.");
                return fallback;
        }
    }

    public int Integer(string name, int fallback, int minimum, int maximum)
    {
        string value = Text(name, fallback.ToString(CultureInfo.InvariantCulture));
        if (int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        Problems.Add($"{name} is '{value}'; it must be a whole number from {minimum} to {maximum}.");
        return fallback;
    }

    /// <summary>A time: a number of seconds, or a number with ms, s, m, h or d.</summary>
    public TimeSpan Duration(string name, TimeSpan fallback, TimeSpan minimum, TimeSpan maximum)
    {
        string value = Text(name, Format(fallback));
        if (TryParseDuration(value, out TimeSpan time) && time >= minimum && time <= maximum)
        {
            return time;
        }

        Problems.Add($"{name} is '{value}'; it must be a time from {Format(minimum)} to {Format(maximum)}, such as 90, 500ms, 20s, 5m or 1h.");
        return fallback;
    }

    /// <summary>A size: a number of bytes, or a number with KiB, MiB or GiB.</summary>
    public long Bytes(string name, long fallback, long minimum, long maximum)
    {
        string value = Text(name, FormatBytes(fallback));
        if (TryParseBytes(value, out long bytes) && bytes >= minimum && bytes <= maximum)
        {
            return bytes;
        }

        Problems.Add($"{name} is '{value}'; it must be a size from {FormatBytes(minimum)} to {FormatBytes(maximum)}, such as 1048576, 64KiB or 512MiB.");
        return fallback;
    }

    public IPAddress Address(string name, IPAddress fallback)
    {
        string value = Text(name, fallback.ToString());
        if (IPAddress.TryParse(value, out IPAddress? address))
        {
            return address;
        }

        Problems.Add($"{name} is '{value}'; it must be an IP address.");
        return fallback;
    }

    public string ExistingFile(string name)
    {
        string value = Text(name, "");
        if (value.Length > 0 && !File.Exists(value))
        {
            Problems.Add($"{name} names the file '{value}', which does not exist.");
        }

        return value;
    }

    internal static bool TryParseDuration(string text, out TimeSpan time)
    {
        time = default;
        (string digits, double seconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1),
            _ when text.EndsWith('m') => (text[..^1], 60),
            _ when text.EndsWith('h') => (text[..^1], 3600),
            _ when text.EndsWith('d') => (text[..^1], 86400),
            _ => (text, 1.0),
        };
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number * seconds > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }

        time = TimeSpan.FromSeconds(number * seconds);
        return true;
    }

    internal static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        (string digits, int shift) = text switch
        {
            _ when text.EndsWith("KiB", StringComparison.OrdinalIgnoreCase) => (text[..^3], 10),
            _ when text.EndsWith("MiB", StringComparison.OrdinalIgnoreCase) => (text[..^3], 20),
            _ when text.EndsWith("GiB", StringComparison.OrdinalIgnoreCase) => (text[..^3], 30),
            _ => (text, 0),
        };
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }

    private static string Format(TimeSpan time) =>
        time.TotalMilliseconds % 1000 == 0 ? $"{time.TotalSeconds:0}s" : $"{time.TotalMilliseconds:0}ms";

    private static string FormatBytes(long bytes) => bytes switch
    {
        _ when bytes > 0 && bytes % (1L << 30) == 0 => $"{bytes >> 30}GiB",
        _ when bytes > 0 && bytes % (1L << 20) == 0 => $"{bytes >> 20}MiB",
        _ when bytes > 0 && bytes % (1L << 10) == 0 => $"{bytes >> 10}KiB",
        _ => bytes.ToString(CultureInfo.InvariantCulture),
    };
}
