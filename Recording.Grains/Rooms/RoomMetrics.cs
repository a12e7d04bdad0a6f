using System.Diagnostics.Metrics;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>What a silo measures of rooms.</summary>
internal sealed class RoomMetrics : IDisposable
{
    private readonly Meter _meter = new("Recording");
    private readonly Counter<long> _events;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _retries;

    public RoomMetrics(LiveRooms rooms)
    {
        _meter.CreateObservableGauge("recording.rooms.live", () => rooms.Count, "{room}", "Rooms that this silo records now.");
        _events = _meter.CreateCounter<long>("recording.room.events", "{event}", "Events of SFUs that rooms handled.");
        _refused = _meter.CreateCounter<long>("recording.room.refusals", "{refusal}", "Events, starts and commands that rooms refused, by code.");
        _retries = _meter.CreateCounter<long>("recording.room.retries", "{attempt}", "Effects of rooms that failed and are tried again, by step.");
    }

    public void Handled(int events) => _events.Add(events);

    public void Refused(RecordingErrorCode code) => _refused.Add(1, new KeyValuePair<string, object?>("code", (int)code));

    public void Retried(string step) => _retries.Add(1, new KeyValuePair<string, object?>("step", step));

    public void Dispose() => _meter.Dispose();
}
