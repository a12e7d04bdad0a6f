using System.ComponentModel;
using System.Diagnostics;

namespace Recording.Silo.Processing;

/// <summary>Puts a process that only renders behind those that capture.</summary>
internal static class ProcessPriority
{
    /// <summary>Below ordinary (nice 10 on Linux); threads begun later inherit it. A system that refuses is left as it is.</summary>
    public static void Lower()
    {
        try
        {
            using var current = Process.GetCurrentProcess();
            current.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            Trace.TraceWarning("The process keeps its priority: {0}", exception.Message);
        }
    }
}
