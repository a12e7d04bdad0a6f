using Orleans.Hosting;
using Recording.Gateway.Configuration;
using Recording.Grains.Recordings.Hosting;
using Recording.Grains.Rooms;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tracks;

namespace Recording.Silo.Hosting;

/// <summary>From the operator's settings to those of the grains.</summary>
internal static class GrainSetup
{
    public static void AddRecordingGrains(this ISiloBuilder silo, RecordingSettings settings)
    {
        silo.AddObjectStoreGrainStorage();
        silo.AddRooms(options =>
        {
            options.SfuGrace = settings.SfuGrace;
            options.MaxConcurrentRooms = settings.MaxRooms;
        });
        silo.AddTracks(options =>
        {
            options.SegmentInterval = settings.SegmentInterval;
            options.SegmentBytes = checked((int)settings.SegmentBytes);
        });
        silo.AddRecordings(options =>
        {
            options.SfuGrace = settings.SfuGrace;
            options.RetentionSweep = settings.RetentionSweep;
            options.RoomQuotaBytes = settings.RoomQuota;
        });
    }
}
