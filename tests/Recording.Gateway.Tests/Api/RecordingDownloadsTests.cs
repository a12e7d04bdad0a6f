using Grpc.Core;
using NSubstitute;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Storage;
using OutputPart = Recording.Grains.Abstractions.Recordings.OutputPart;

namespace Recording.Gateway.Tests.Api;

/// <summary>Which files of a recording are handed out.</summary>
public sealed class RecordingDownloadsTests
{
    private const string Prefix = "rooms/room/rec/";

    [Fact]
    public async Task Every_file_of_an_HLS_package_is_served_and_nothing_beside_it()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Recording.GetView().Returns(View() with
        {
            Outputs =
            [
                new RecordingOutput
                {
                    File = "processed/grid/index.m3u8",
                    Kind = "composite",
                    Bytes = 3,
                    Parts = [new OutputPart("init.mp4", 4, ""), new OutputPart("segments/0001.m4s", 9, "")],
                },
            ],
        });
        string[] files = ["processed/grid/index.m3u8", "processed/grid/init.mp4", "processed/grid/segments/0001.m4s", "processed/grid/segments/0002.m4s", "processed/init.mp4"];
        foreach (string file in files)
        {
            await host.Store.PutAsync(Prefix + file, System.Text.Encoding.UTF8.GetBytes($"bytes of {file}"));
        }

        foreach (string served in files[..3])
        {
            Assert.Equal($"bytes of {served}", System.Text.Encoding.UTF8.GetString(await DownloadAsync(host, new DownloadFileRequest { RecordingId = "rec", File = served })));
        }

        Assert.Equal("0001", System.Text.Encoding.UTF8.GetString(await DownloadAsync(host, new DownloadFileRequest { RecordingId = "rec", File = files[2], Offset = 33, Length = 4 })));
        foreach (string refused in files[3..])
        {
            Assert.Equal(RecordingErrorCode.NotFound, await CodeOf(host, new DownloadFileRequest { RecordingId = "rec", File = refused }));
        }
    }

    [Theory]
    [InlineData(RecordingStatus.Recording)]
    [InlineData(RecordingStatus.Stopping)]
    public async Task Nothing_is_served_before_the_recording_has_ended(RecordingStatus status)
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        host.Recording.GetView().Returns(View() with { Status = status });
        await host.Store.PutAsync(Prefix + "metadata.json", "{}"u8.ToArray());
        Assert.Equal(RecordingErrorCode.WrongState, await CodeOf(host, new DownloadFileRequest { RecordingId = "rec", File = "metadata.json" }));
    }

    [Fact]
    public async Task File_that_is_named_and_gone_is_4004()
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        Assert.Equal(RecordingErrorCode.NotFound, await CodeOf(host, new DownloadFileRequest { RecordingId = "rec", File = "metadata.json" }));
    }

    private static RecordingView View() => new() { RecordingId = "rec", RoomId = "room", Status = RecordingStatus.Completed, Prefix = Prefix };

    private static async Task<byte[]> DownloadAsync(ApiHost host, DownloadFileRequest request)
    {
        using AsyncServerStreamingCall<FileChunk> call = host.Control.DownloadFile(request);
        using var content = new MemoryStream();
        await foreach (FileChunk chunk in call.ResponseStream.ReadAllAsync())
        {
            chunk.Data.WriteTo(content);
        }

        return content.ToArray();
    }

    private static async Task<RecordingErrorCode> CodeOf(ApiHost host, DownloadFileRequest request)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => DownloadAsync(host, request));
        return ErrorDetails.FromRpcException(refused)!.Code;
    }
}
