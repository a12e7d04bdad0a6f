using Microsoft.Extensions.Logging;
using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Recording.Gateway.Sfu.Ingest;
using Recording.Model;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>What recordings are told of their tracks, and what is logged when they cannot be told.</summary>
public sealed class TrackIngestsTests : IDisposable
{
    private readonly TestWorld _world = new();
    private readonly ILogger _logger = Substitute.For<ILogger>();
    private readonly TrackIngests _ingests;

    public TrackIngestsTests()
    {
        _logger.IsEnabled(default).ReturnsForAnyArgs(true);
        _ingests = new TrackIngests(_world.Context with { Logger = _logger });
    }

    [Fact]
    public void Recording_that_does_not_know_the_track_yet_is_told_again_without_a_warning()
    {
        _world.Recording.TrackResumed(default!, default).ThrowsAsyncForAnyArgs(new RecordingException(RecordingErrorCode.UnknownProducer, "no track yet"));
        Feed(1);
        Run(TimeSpan.FromSeconds(10));
        Assert.InRange(Calls("TrackResumed"), 9, 11);
        Assert.Empty(Warnings());

        _world.Recording.TrackResumed(default!, default).ReturnsForAnyArgs(Task.CompletedTask);
        Run(TimeSpan.FromSeconds(2));
        int told = Calls("TrackResumed");
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal(told, Calls("TrackResumed"));
    }

    [Fact]
    public void Outage_is_logged_once_a_minute_however_many_tracks_there_are()
    {
        _world.Recording.TrackResumed(default!, default).ThrowsAsyncForAnyArgs(new TimeoutException());
        Feed(20);
        Run(TimeSpan.FromSeconds(50));
        Assert.Single(Warnings());

        Run(TimeSpan.FromSeconds(30));
        Assert.Equal(2, Warnings().Count());
        Assert.True(Calls("TrackResumed") > 20 * 70);
    }

    public void Dispose() => _ingests.Dispose();

    private void Feed(int tracks)
    {
        for (int i = 0; i < tracks; i++)
        {
            TrackIdentity identity = TestWorld.Identity with { TrackId = $"t{i}" };
            TrackIngest ingest = _ingests.Hold(new IngestKey(identity.RecordingId, identity.TrackId, 5), () => _world.Ingest(IngestKind.Packets, 5, identity));
            ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        }
    }

    private void Run(TimeSpan duration)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromMilliseconds(100))
        {
            _world.Time.Advance(TimeSpan.FromMilliseconds(100));
            _ingests.Tick();
        }
    }

    private IEnumerable<NSubstitute.Core.ICall> Warnings() =>
        _logger.ReceivedCalls().Where(static c => c.GetMethodInfo().Name == nameof(ILogger.Log) && c.GetArguments()[0] is LogLevel.Warning);

    private int Calls(string method) => _world.Recording.ReceivedCalls().Count(c => c.GetMethodInfo().Name == method);
}
