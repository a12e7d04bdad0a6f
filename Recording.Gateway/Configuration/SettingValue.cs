namespace Recording.Gateway.Configuration;

/// <summary>One setting as it is in force; secrets are masked already.</summary>
/// <param name="Name">Environment variable, appsettings key and command-line option.</param>
/// <param name="Value">Text form.</param>
/// <param name="IsSet">False = the default.</param>
public sealed record SettingValue(string Name, string Value, bool IsSet);
