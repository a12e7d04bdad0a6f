using Microsoft.Extensions.Time.Testing;
using Recording.PostProcessing.Ffmpeg;
using Recording.Silo.Processing;

namespace Recording.Silo.Tests.Processing;

public sealed class MachineCapacityTests : IDisposable
{
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly FakeTimeProvider _time = new();
    private readonly DirectoryInfo _proc;
    private readonly DirectoryInfo _group;

    public MachineCapacityTests()
    {
        _proc = _scratch.Directory.CreateSubdirectory("proc");
        _group = _scratch.Directory.CreateSubdirectory("cgroup");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_machine_that_captures_with_all_its_CPUs_has_no_room_and_has_again_when_that_is_over()
    {
        MachineCapacity capacity = Capacity(maxCpu: 90);
        Cpu(user: 1000, nice: 0, idle: 1000);
        Assert.Null(capacity.Shortage());
        _time.Advance(TimeSpan.FromSeconds(3));
        Cpu(user: 1600, nice: 0, idle: 1010);
        Assert.Contains("other work uses 98 % of the CPU", capacity.Shortage(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(3));
        Cpu(user: 1700, nice: 0, idle: 1510);
        Assert.Null(capacity.Shortage());
    }

    [Fact]
    public void Niced_work_is_our_own_and_gives_way_by_itself()
    {
        MachineCapacity capacity = Capacity(maxCpu: 90);
        Cpu(user: 1000, nice: 1000, idle: 1000);
        Assert.Null(capacity.Shortage());
        _time.Advance(TimeSpan.FromSeconds(3));
        Cpu(user: 1010, nice: 1590, idle: 1000);
        Assert.Null(capacity.Shortage());
        Assert.InRange(capacity.CpuPercent(), 1, 3);
    }

    [Fact]
    public void Readings_close_together_do_not_make_a_share_of_nothing()
    {
        MachineCapacity capacity = Capacity(maxCpu: 90);
        Cpu(user: 1000, nice: 0, idle: 1000);
        Assert.Null(capacity.Shortage());
        Cpu(user: 1002, nice: 0, idle: 1000);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.Null(capacity.Shortage());
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(300, true)]
    public void Memory_is_what_the_machine_can_give(int megabytes, bool hasRoom)
    {
        MachineCapacity capacity = Capacity(minMemory: 256L << 20);
        File.WriteAllText(Path.Combine(_proc.FullName, "meminfo"), $"MemTotal:       24608036 kB\nMemFree:          10 kB\nMemAvailable:   {megabytes * 1024} kB\n");
        Assert.Equal(hasRoom, capacity.Shortage() is null);
    }

    [Fact]
    public void A_control_group_with_a_limit_counts_and_gives_its_file_pages_back()
    {
        MachineCapacity capacity = Capacity(minMemory: 256L << 20);
        File.WriteAllText(Path.Combine(_proc.FullName, "meminfo"), "MemAvailable:   24608036 kB\n");
        File.WriteAllText(Path.Combine(_group.FullName, "memory.max"), $"{1L << 30}\n");
        File.WriteAllText(Path.Combine(_group.FullName, "memory.current"), $"{1000L << 20}\n");
        File.WriteAllText(Path.Combine(_group.FullName, "memory.stat"), "anon 5\ninactive_file 0\n");
        Assert.Contains("24 MiB of memory are free, under 256 MiB", capacity.Shortage(), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_group.FullName, "memory.stat"), $"anon 5\ninactive_file {500L << 20}\n");
        Assert.Null(capacity.Shortage());
        File.WriteAllText(Path.Combine(_group.FullName, "memory.max"), "max\n");
        Assert.Null(capacity.Shortage());
    }

    [Fact]
    public void A_system_without_these_files_has_room()
    {
        Assert.Null(Capacity(maxCpu: 1, minMemory: 1L << 40).Shortage());
        File.WriteAllText(Path.Combine(_proc.FullName, "stat"), "cpu nonsense\n");
        File.WriteAllText(Path.Combine(_proc.FullName, "meminfo"), "MemAvailable:\n");
        Assert.Null(Capacity(maxCpu: 1, minMemory: 1L << 40).Shortage());
    }

    [Fact]
    public void The_real_kernel_is_understood()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var capacity = new MachineCapacity(new CapacityOptions { MaxCpuPercent = 99, MinFreeMemory = 1 }, TimeProvider.System);
        Assert.InRange(capacity.FreeMemory()!.Value, 1, 1L << 50);
        Assert.True(CpuTimes.Read("/proc")!.Value.All > 0);
    }

    private MachineCapacity Capacity(int maxCpu = 100, long minMemory = 0) =>
        new(new CapacityOptions { MaxCpuPercent = maxCpu, MinFreeMemory = minMemory, ProcDirectory = _proc.FullName, GroupDirectory = _group.FullName }, _time);

    private void Cpu(int user, int nice, int idle) =>
        File.WriteAllText(Path.Combine(_proc.FullName, "stat"), $"cpu  {user} {nice} 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
}
