using System.IO.Hashing;
using System.Text;
using Recording.Model;

namespace Recording.Storage.Internal;

/// <summary>Locks that keep writers of one key apart, in this process and in others that share the directory. Striped: 256 for all keys.</summary>
internal sealed class KeyLocks : IDisposable
{
    private const int Stripes = 256;

    private readonly SemaphoreSlim[] _here = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly string _folder;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public KeyLocks(string folder, TimeSpan timeout, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        _folder = folder;
        _timeout = timeout;
        _time = time;
    }

    /// <summary>Waits for the key's lock; dispose the result to give it back.</summary>
    /// <exception cref="RecordingException">4001: another writer held it for longer than the timeout.</exception>
    public async ValueTask<Held> TakeAsync(string key, CancellationToken cancellationToken)
    {
        int stripe = (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key)) % Stripes);
        long started = _time.GetTimestamp();
        if (!await _here[stripe].WaitAsync(_timeout, cancellationToken))
        {
            throw TimedOut(key);
        }

        string path = Path.Combine(_folder, stripe.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            int attempt = 0;
            while (true)
            {
                FileStream? file = TemporaryFolder.TryLock(path, FileMode.OpenOrCreate);
                if (file is not null)
                {
                    return new Held(_here[stripe], file);
                }

                if (_time.GetElapsedTime(started) > _timeout)
                {
                    throw TimedOut(key);
                }

                // Held by another process for the length of a rename: short waits, spread so that two do not meet again.
                attempt = Math.Min(attempt + 1, 20);
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 1 + attempt)), _time, cancellationToken);
            }
        }
        catch
        {
            _here[stripe].Release();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SemaphoreSlim semaphore in _here)
        {
            semaphore.Dispose();
        }
    }

    private static RecordingException TimedOut(string key) =>
        new(RecordingErrorCode.StoreUnavailable, $"Another writer holds the lock of '{key}'.");

    /// <summary>A lock that is held.</summary>
    internal readonly struct Held(SemaphoreSlim here, FileStream file) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            here.Release();
        }
    }
}
