using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CliWrap;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Report;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>report.html opened from disk in a real Chromium, once for all tests: wide, as on a phone, and one of a long recording.</summary>
public sealed class ReportPageTests(ReportPageTests.Browser browser) : IClassFixture<ReportPageTests.Browser>
{
    [Fact]
    public void It_runs_nothing_and_asks_nobody_for_anything()
    {
        // The picture of the page around them was asked for: a request of theirs would have been seen.
        Assert.Equal("GET /control HTTP/1.1", Assert.Single(browser.Requests));
        foreach (JsonElement page in browser.Pages)
        {
            Assert.Equal("0 0 0 0 false", string.Join(' ', page.GetProperty("active"), page.GetProperty("handlers"), page.GetProperty("references"), page.GetProperty("fetched"), page.GetProperty("ran").GetRawText()));
        }
    }

    [Fact]
    public void Hostile_names_stand_there_as_they_are()
    {
        string[] names = [.. browser.Pages[0].GetProperty("names").EnumerateArray().Select(name => name.GetString()!)];
        Assert.All(Browser.Names, hostile => Assert.Contains(hostile, names, StringComparer.Ordinal));
        Assert.Equal($"Recording quality: {Browser.Room}", browser.Pages[0].GetProperty("title").GetString());
    }

    [Fact]
    public void The_numbers_of_the_JSON_are_on_the_page()
    {
        string[] rows = [.. browser.Pages[0].GetProperty("rows").EnumerateArray().Select(row => string.Join(" | ", row.EnumerateArray().Select(cell => cell.GetString())))];
        string first = Browser.Names[0];
        Assert.Contains($"{first} | microphone opus | 71 | 12,345 | 678 (5.2 %) | 91 | 23 | 45 | 67 | 8.9 | 32 |  | ", rows, StringComparer.Ordinal);
        Assert.Contains($"{first} | camera vp8 | 64 | 54,321 | 0 | 0 | 0 | 0 | 0 | 0 | 987 | 12.3 | 320×180 → 640×360", rows, StringComparer.Ordinal);
        Assert.Contains($"{first} | microphone | sender reports | 3.4 | -123.4 | 56 | 38.7", rows, StringComparer.Ordinal);
        Assert.Contains($"{first} | microphone | 11 | 12 | 13 | 14 | 15 | 16 | 17", rows, StringComparer.Ordinal);
        Assert.Contains(browser.Pages[0].GetProperty("findings").EnumerateArray(), finding => finding.GetString() == $"{first}, microphone: Something was wrong −20.8 points");
        Assert.Equal("82", browser.Pages[0].GetProperty("score").GetString());
    }

    [Fact]
    public void It_fits_a_phone_and_stays_small_when_the_recording_is_long()
    {
        Assert.All(browser.Pages, page => Assert.Equal(0, page.GetProperty("overflow").GetInt32()));

        // A hundred tracks with 225 000 marks: those that the eye cannot tell apart are one.
        Assert.InRange(browser.Pages[2].GetProperty("marks").GetInt32(), 100_000, 150_000);
        Assert.InRange(browser.LongBytes, 1_000_000, 16_000_000);
    }

    /// <summary>Opens the pages and looks.</summary>
    public sealed class Browser : IAsyncLifetime
    {
        private const string Executable = "chromium";
        private const string ResultTag = "<pre id=\"result\">";
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
        private readonly List<string> _requests = [];

        public static string Room { get; } = "</title><script>window.ran=true</script>&amp; \"Q&A\"";

        public static IReadOnlyList<string> Names { get; } =
        [
            "<script>window.ran=true;parent.ran=true</script>", "\"><img src=x onerror=\"parent.ran=true\">", "' onmouseover='parent.ran=true", "\u202Eevil\u202C שלום العربية",
            "\U0001F469\u200D\U0001F4BB \U0001F600", "&lt;b&gt; %s {0} \\ `${1}`", new string('x', 300),
        ];

        public IReadOnlyList<JsonElement> Pages { get; private set; } = [];

        public IReadOnlyList<string> Requests => _requests;

        public long LongBytes { get; private set; }

        public async Task InitializeAsync()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            string here = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
            Task listening = ListenAsync(listener);
            await File.WriteAllTextAsync(_scratch.File("report.html").FullName, HtmlReport.Write(Report(Names.Append($"<img src={here}/name>"))));
            await File.WriteAllTextAsync(_scratch.File("long.html").FullName, HtmlReport.Write(Long()));
            LongBytes = _scratch.File("long.html").Length;
            await File.WriteAllTextAsync(_scratch.File("around.html").FullName, Around(here));
            var dom = new StringBuilder();
            try
            {
                using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
                await Cli.Wrap(Executable)
                    .WithArguments(
                    [
                        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage", "--allow-file-access-from-files",
                        $"--user-data-dir={_scratch.File("profile").FullName}", "--virtual-time-budget=30000", "--dump-dom", new Uri(_scratch.File("around.html").FullName).AbsoluteUri,
                    ])
                    .WithStandardOutputPipe(PipeTarget.ToStringBuilder(dom))
                    .ExecuteAsync(deadline.Token);
            }
            catch (System.ComponentModel.Win32Exception exception)
            {
                throw new InvalidOperationException($"{Executable} cannot be started; Debian's package {Executable} has it", exception);
            }

            listener.Stop();
            await listening;
            string said = dom.ToString().Split(ResultTag)[^1].Split("</pre>")[0];
            Assert.True(said.StartsWith('['), $"The page said nothing:\n{dom}");
            using JsonDocument pages = JsonDocument.Parse(WebUtility.HtmlDecode(said));
            Pages = [.. pages.RootElement.Clone().EnumerateArray()];
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }

        private async Task ListenAsync(TcpListener listener)
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync();
                    using var reader = new StreamReader(client.GetStream());
                    if (await reader.ReadLineAsync() is { } request)
                    {
                        _requests.Add(request);
                        await client.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                    }
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The browser has ended.
            }
        }

        private static string Around(string here) => $$"""
            <!DOCTYPE html><meta charset="utf-8"><img src="{{here}}/control">
            <iframe src="report.html" style="width:1200px;height:900px"></iframe><iframe src="report.html" style="width:360px;height:700px"></iframe><iframe src="long.html" style="width:360px;height:700px"></iframe>
            {{ResultTag}}</pre>
            <script>
            addEventListener('load', () => {
              const look = ({contentWindow: page}) => {
                const all = [...page.document.querySelectorAll('*')], attributes = all.flatMap(element => [...element.attributes]);
                return {
                  title: page.document.title,
                  score: page.document.querySelector('.score').firstChild.data,
                  active: page.document.querySelectorAll('script,img,iframe,object,embed,link,base,form,audio,video,image,use').length,
                  handlers: attributes.filter(a => a.name.startsWith('on')).length,
                  references: attributes.filter(a => /^(src|href|xlink:href|action|data|poster|srcset|background)$/.test(a.name)).length + page.document.querySelector('style').textContent.split(/url\(|@import/).length - 1,
                  fetched: page.performance.getEntriesByType('resource').length,
                  ran: !!(page.ran || window.ran),
                  names: [...page.document.querySelectorAll('bdi')].map(name => name.textContent),
                  rows: [...page.document.querySelectorAll('tr')].slice(0, 60).map(row => [...row.cells].map(cell => cell.innerText)),
                  findings: [...page.document.querySelectorAll('li')].map(finding => finding.innerText),
                  marks: page.document.querySelectorAll('rect').length,
                  overflow: page.document.documentElement.scrollWidth - page.document.documentElement.clientWidth,
                };
              };
              document.getElementById('result').textContent = JSON.stringify([...document.querySelectorAll('iframe')].map(look));
            });
            </script>
            """;

        private static QualityReport Report(IEnumerable<string> names) => new()
        {
            Recording = new ReportRecording { RecordingId = "rec", RoomId = "room", RoomName = Room, Status = "completed", Origin = DateTimeOffset.UnixEpoch, DurationMs = 600_000 },
            Score = 82,
            Findings = [new ReportFinding { Severity = "major", Text = "Something was wrong", Points = 20.8, ParticipantId = "peer0", TrackId = "peer0-mic" }],
            Participants = [.. names.Select((name, i) => new ReportParticipant { PeerId = $"peer{i}", DisplayName = name, AvErrorMs = 38.7, Tracks = [Sound($"peer{i}"), Picture($"peer{i}")] })],
            Speakers = [new ReportSpeech { T = 1000, DurationMs = 2000, PeerId = "peer1" }],
            Policy = [new ReportDecision { T = 0, Text = Names[0] }],
            Files = [new ReportFile { File = Names[1], State = "changed", Detail = Names[0] }],
        };

        private static ReportTrack Sound(string peer) => new()
        {
            TrackId = peer + "-mic",
            Kind = "audio",
            TrackType = "mic",
            Codec = "opus",
            Score = 71,
            T = 0,
            DurationMs = 600_000,
            Packets = new PacketFigures { Media = 12_345, Lost = 678, LossPercent = 5.2, Late = 91, Duplicates = 23, Reordered = 45, Recovered = 67, FecUnused = 17 },
            Jitter = new JitterFigures { MeanMs = 8.9 },
            Bitrate = new BitrateFigures { MeanBps = 32_100, PeakBps = 40_000, StepMs = 1000, Bps = [30_000, 40_000, 20_000] },
            Clock = new ClockFigures { UsesSenderReports = true, ResidualMs = 3.4, SkewPpm = -123.4, SenderReports = 56 },
            Loss = new LossFigures { Bursts = 81, Lengths = [.. Enumerable.Range(0, 6).Select(i => new BurstLengths { From = i + 1, To = i + 1, Count = 11 + i })] },
            Gaps = new GapFigures { List = [new ReportGap { T = 10_000, DurationMs = 20_000, Kind = "muted" }, new ReportGap { T = 100_000, DurationMs = 3000, Kind = "loss" }] },
        };

        private static ReportTrack Picture(string peer) => new()
        {
            TrackId = peer + "-camera",
            Kind = "video",
            TrackType = "camera",
            Codec = "vp8",
            Score = 64,
            T = 5000,
            DurationMs = 590_000,
            Packets = new PacketFigures { Media = 54_321 },
            Bitrate = new BitrateFigures { MeanBps = 987_654, PeakBps = 1_000_000, StepMs = 1000, Bps = [900_000, 1_000_000] },
            Picture = new PictureFigures
            {
                FrozenMs = 12_300,
                FreezeList = [new ReportGap { T = 50_000, DurationMs = 12_300, Kind = "keyframe" }],
                Resolutions = [new ResolutionStep { T = 0, Width = 320, Height = 180 }, new ResolutionStep { T = 9, Width = 640, Height = 360 }],
            },
        };

        // Three hours, fifty people, as many gaps, bursts and freezes as a report lists.
        private static QualityReport Long()
        {
            const long Length = 3 * 3600 * 1000;
            string[] kinds = ["loss", "link", "muted", "dtx", "silent", "stopped", "stalled"];
            ReportGap[] gaps = [.. Enumerable.Range(0, 1000).Select(i => new ReportGap { T = i * (Length / 1000), DurationMs = 500 + (i * 7 % 3000), Kind = kinds[i % kinds.Length] })];
            LossBurst[] bursts = [.. Enumerable.Range(0, 500).Select(i => new LossBurst { T = i * (Length / 500), DurationMs = 200, Packets = 10 })];
            ReportTrack sound = Sound("") with { DurationMs = Length, Gaps = new GapFigures { List = gaps }, Loss = new LossFigures { Bursts = 500, List = bursts, Lengths = [] } };
            ReportTrack picture = Picture("") with { DurationMs = Length, Gaps = sound.Gaps, Loss = sound.Loss };
            picture = picture with { Picture = picture.Picture! with { FreezeList = [.. bursts.Select(burst => new ReportGap { T = burst.T, DurationMs = 900, Kind = "loss" })] } };
            QualityReport report = Report([]);
            return report with
            {
                Recording = report.Recording with { DurationMs = Length, RoomName = "A long one" },
                Findings = [.. Enumerable.Range(0, 200).Select(i => report.Findings[0] with { Text = string.Create(CultureInfo.InvariantCulture, $"Fault {i}") })],
                Participants = [.. Enumerable.Range(0, 50).Select(i => new ReportParticipant { PeerId = $"p{i}", DisplayName = $"Person {i}", Tracks = [sound, picture] })],
            };
        }
    }
}
