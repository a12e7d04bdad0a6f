namespace Recording.Silo.Processing;

/// <summary>When a machine has no room for another task.</summary>
public sealed class CapacityOptions
{
    /// <summary>No task is begun while work of ordinary priority uses more of all CPUs, percent; 100 = never mind.</summary>
    public int MaxCpuPercent { get; set; } = 100;

    /// <summary>No task is begun while less memory is free, bytes; 0 = never mind.</summary>
    public long MinFreeMemory { get; set; }

    /// <summary>Where the kernel tells of the machine.</summary>
    public string ProcDirectory { get; set; } = "/proc";

    /// <summary>Where the kernel tells of this process's control group (version 2).</summary>
    public string GroupDirectory { get; set; } = "/sys/fs/cgroup";
}
