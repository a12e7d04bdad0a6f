using System.Text.Json.Serialization;
using Recording.Grains.Abstractions.Jobs;

namespace Recording.Grains.Jobs;

/// <summary>A task as the job stores it.</summary>
public sealed class JobTask
{
    /// <summary>As planned.</summary>
    public required TaskSpec Spec { get; set; }

    /// <summary>Nothing is left to do.</summary>
    public bool Done { get; set; }

    /// <summary>Attempts that failed.</summary>
    public int Failures { get; set; }

    /// <summary>Not before this time, µs since 1970.</summary>
    public long NotBeforeUs { get; set; }

    /// <summary>The queue has it; not stored: after a restart everything unfinished is offered again.</summary>
    [JsonIgnore] public bool Offered { get; set; }

    /// <summary>How far the running attempt is, 0..1; not stored.</summary>
    [JsonIgnore] public double Fraction { get; set; }
}
