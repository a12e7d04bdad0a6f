using System.Text.Json;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Chaos;

/// <summary>Asks a process of the service whether anything is wrong.</summary>
internal static class HealthQuestion
{
    /// <summary><c>healthy</c>, or what it said instead.</summary>
    /// <param name="client">For the question.</param>
    /// <param name="process">Whom to ask.</param>
    /// <param name="isIdle">Nothing is sent any more: nothing may be left in a spool either.</param>
    public static async Task<string> AskAsync(HttpClient client, ServiceProcess process, bool isIdle)
    {
        try
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"http://127.0.0.1:{process.HttpPort}/health/ready"));
            string body = await response.Content.ReadAsStringAsync();
            using JsonDocument json = JsonDocument.Parse(body);
            return json.RootElement.GetProperty("status").GetString() == "healthy" || (!isIdle && OnlySpools(json.RootElement.GetProperty("checks"))) ? "healthy" : body;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException)
        {
            return exception.Message;
        }
    }

    // A segment gathers for longer than a packet may wait: some track has something on disk at any moment.
    private static bool OnlySpools(JsonElement checks) => checks.EnumerateObject().All(static check =>
        check.Value.GetProperty("status").GetString() == "healthy"
        || (check.Name == "spool" && check.Value.GetProperty("description").GetString()!.StartsWith("4001", StringComparison.Ordinal)));
}
