namespace Recording.PostProcessing.Outputs;

/// <summary>Files of the caller that a composition uses; their names in the settings are set by the composer.</summary>
/// <param name="BackgroundImage">PNG or JPEG; null = what the settings name.</param>
/// <param name="Captions">WebVTT; null = what the settings name.</param>
public sealed record OfflineInputs(FileInfo? BackgroundImage = null, FileInfo? Captions = null);
