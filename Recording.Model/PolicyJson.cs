using System.Text.Json;

namespace Recording.Model;

/// <summary>Reads a room policy as JSON (plan, section 4.2): <c>features.recording</c> and <c>roles</c>.</summary>
public static class PolicyJson
{
    /// <summary>
    /// Parts that are missing get the plan's meaning: no <c>enabled: true</c> = disabled, no <c>record_*</c> = allowed. Unknown parts are ignored.
    /// </summary>
    /// <returns>The policy; null for an empty text or the JSON literal <c>null</c>, which hold no policy.</returns>
    /// <exception cref="RecordingException">1003: not JSON, or a part of the wrong type; the message names the part.</exception>
    public static RecordingPolicy? Parse(string? json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Null ? null : Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"policy_json is not valid JSON: {exception.Message}", exception);
        }
    }

    private static RecordingPolicy Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("policy_json", "an object", root);
        }

        var recording = Part(Part(root, "features", "features"), "recording", "features.recording");
        var roles = Part(root, "roles", "roles");
        return new RecordingPolicy
        {
            Enabled = Flag(recording, "enabled") ?? false,
            AutoRecord = Flag(recording, "auto_record") ?? false,
            WhoCanRecord = Text(recording, "who_can_record", "features.recording"),
            WhoCanDownload = Text(recording, "who_can_download", "features.recording"),
            NotifyParticipants = Flag(recording, "notify_participants") ?? false,
            RetentionDays = Days(recording),
            RecordAudio = Flag(recording, "record_audio"),
            RecordVideo = Flag(recording, "record_video"),
            RecordScreenshare = Flag(recording, "record_screenshare"),
            RecordAudioOnly = Flag(recording, "record_audio_only"),
            Outputs = Texts(recording, "outputs", "features.recording"),
            HostId = Text(roles, "host_id", "roles"),
            CoHostIds = Texts(roles, "co_host_ids", "roles"),
            PanelistIds = Texts(roles, "panelist_ids", "roles"),
        };
    }

    private static JsonElement? Part(JsonElement? parent, string name, string path)
    {
        var part = Find(parent, name);
        return part is null or { ValueKind: JsonValueKind.Object } ? part : throw Wrong(path, "an object", part.Value);
    }

    private static bool? Flag(JsonElement? parent, string name) => Find(parent, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Wrong($"features.recording.{name}", "true or false", other),
    };

    private static string Text(JsonElement? parent, string name, string path) => Find(parent, name) switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => throw Wrong($"{path}.{name}", "a string", other),
    };

    private static int Days(JsonElement? recording)
    {
        if (Find(recording, "retention_days") is not { } value)
        {
            return 0;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var days) && days >= 0
            ? days
            : throw Wrong("features.recording.retention_days", "a whole number from 0", value);
    }

    private static string[] Texts(JsonElement? parent, string name, string path)
    {
        if (Find(parent, name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong($"{path}.{name}", "an array of strings", value);
        }

        var texts = new List<string>(value.GetArrayLength());
        foreach (var text in value.EnumerateArray())
        {
            texts.Add(text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Wrong($"{path}.{name}[{texts.Count}]", "a string", text));
        }

        return [.. texts];
    }

    private static JsonElement? Find(JsonElement? parent, string name) =>
        parent is { } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static RecordingException Wrong(string path, string expected, JsonElement found) =>
        new(RecordingErrorCode.ProtocolViolation, $"{path} must be {expected}, found {found.ValueKind}.");
}
