namespace Recording.Cli.Demo;

/// <summary>What <c>recording demo</c> was asked for.</summary>
/// <param name="Duration">How long is recorded.</param>
/// <param name="DataDirectory">Where the service stores.</param>
/// <param name="ServicePath">Recording.Silo, a .dll or an executable.</param>
/// <param name="KeepLedger">Where the ledger of what was sent stays; null = it goes.</param>
internal sealed record DemoOptions(TimeSpan Duration, string DataDirectory, string ServicePath, string? KeepLedger);
