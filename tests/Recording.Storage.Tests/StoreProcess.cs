using System.Diagnostics;

namespace Recording.Storage.Tests;

/// <summary>This assembly as a second process that works on the same directory store.</summary>
public static class StoreProcess
{
    /// <summary>Commands: <c>increment DIR KEY TIMES</c>; <c>hang DIR KEY</c> puts a stream that never ends and says "hanging";
    /// <c>skewed ENDPOINT BUCKET ACCESS SECRET</c> checks an S3 store with a clock an hour ahead and says what was wrong.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is not [string command, string root, string key, ..])
        {
            return 2;
        }

        if (command == "skewed")
        {
            Amazon.AWSConfigs.ManualClockCorrection = TimeSpan.FromHours(1);
            using var s3 = new S3ObjectStore(new S3StoreOptions { Endpoint = root, Bucket = key, AccessKey = args[3], SecretKey = args[4] }, TimeProvider.System);
            Console.WriteLine((await Record.ExceptionAsync(() => s3.EnsureBucketAsync()))?.Message ?? "no error");
            return 0;
        }

        using var store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = root }, TimeProvider.System);
        if (command == "increment")
        {
            await ObjectStoreContract.IncrementAsync(store, key, int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        await store.PutStreamingAsync(key, new HangingStream());
        return 1;
    }

    internal static Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add(typeof(StoreProcess).Assembly.Location);
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start)!;
    }

    private sealed class HangingStream : Stream
    {
        private int _reads;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_reads++ == 3)
            {
                Console.WriteLine("hanging");
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return buffer.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
