using Orleans.Hosting;
using Recording.Gateway.Configuration;
using Recording.Grains.Jobs;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.Hosting;
using Recording.Grains.Rooms;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tracks;
using Recording.Model;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;
using Recording.PostProcessing.Transcript;

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
        silo.Services.Configure<JobOptions>(options =>
        {
            options.LeaseDuration = settings.JobLease;
            options.FirstBackoff = settings.JobBackoff;
            options.Attempts = settings.JobAttempts;
        });
        silo.AddRecordings(options =>
        {
            options.SfuGrace = settings.SfuGrace;
            options.SpoolWait = settings.SpoolWait;
            options.StandingJobs = [.. settings.Outputs.Select(StandingJobOf)];
            options.JobsByOutput = OutputNames.All.ToDictionary(static name => name, StandingJobOf, StringComparer.Ordinal);
            options.RetentionSweep = settings.RetentionSweep;
            options.RoomQuotaBytes = settings.RoomQuota;
        });
    }

    private static StandingJob StandingJobOf(string output) => output switch
    {
        OutputNames.Composite => new StandingJob(DefaultComposition.JobKind, DefaultComposition.Settings),
        OutputNames.Tracks => new StandingJob(CompositionTasks.RemuxJob, ""),
        OutputNames.Transcript => new StandingJob(TranscriptTasks.TranscriptJob, TranscriptSettings.Default.ToJson()),
        _ => new StandingJob(ReportTasks.ReportJob, ""),
    };
}
