using FsCheck;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Media.TrackFiles;

namespace Recording.Grains.Tests.Tracks;

public sealed class TrackLogProperties
{
    /// <summary>
    /// A script of random bytes drives a gateway, activations that die, and a store whose Puts end in any order or not at all.
    /// Whatever happens, an index that was answered as stored is in the store, and in the end all are, once, with their bytes.
    /// </summary>
    [Property(MaxTest = 300, EndSize = 300)]
    public void Every_index_is_stored_once_whatever_dies(NonEmptyArray<byte> script)
    {
        var run = new Run();
        foreach (byte step in script.Get)
        {
            run.Step(step);
        }

        run.Finish();
    }

    private sealed class Run
    {
        private readonly MemoryObjectStore _store = new();
        private readonly FakeTimeProvider _time = new();
        private readonly TrackOptions _options = new() { SegmentBytes = 1500, WindowBytes = 6000, RollUpBytes = 4000 };
        private readonly List<TrackSegment> _pending = [];
        private readonly List<TrackSegment> _orphans = [];
        private readonly List<TrackBatch> _sent = [];
        private TrackLog _log;
        private int _activations;
        private ulong _next = 1;
        private ulong _acknowledged;

        public Run() => _log = NewActivation();

        /// <summary>Low three bits: what happens; the others: how much or which.</summary>
        public void Step(byte step)
        {
            int amount = step >> 3;
            switch (step & 7)
            {
                case 0 or 1:
                    Send(TestTrack.Batch(_next, 1 + amount));
                    break;
                case 2:
                    Resend(amount);
                    break;
                case 3:
                    Send(TestTrack.Batch(_next + 1 + (ulong)amount, 3));
                    break;
                case 4:
                    _time.Advance(TimeSpan.FromMilliseconds(amount * 100));
                    _log.Cut(_options.SegmentInterval);
                    Drain();
                    break;
                case 5 or 6:
                    CompleteAPut(amount);
                    break;
                default:
                    Die(amount);
                    break;
            }
        }

        public void Finish()
        {
            ulong last = _sent.Aggregate(40UL, (end, batch) => Math.Max(end, batch.FirstIndex + (ulong)batch.Count - 1));
            for (int turn = 0; _acknowledged < last; turn++)
            {
                Assert.True(turn < 1000, "the track does not get on");
                if (_next <= last)
                {
                    Send(TestTrack.Batch(_next, (int)Math.Min(20, last - _next + 1)));
                }

                _log.Cut(TimeSpan.Zero);
                Drain();
                CompleteAPut(turn);
                Hear(_log.Append(TestTrack.Empty(_next)));
            }

            StoredTrack stored = StoredTrack.Read(_store);
            stored.AssertComplete(last);
            Assert.Empty(stored.Markers);
            Assert.Equal(0, _log.MissingIndexes);
            AssertAssembled(last);
        }

        /// <summary>The file that assembly makes holds each index once, in order.</summary>
        private void AssertAssembled(ulong last)
        {
            List<SegmentSource> sources = [];
            foreach (string name in _store.Keys)
            {
                Assert.True(SegmentKey.TryParse(name, out SegmentKey key));
                sources.Add(new SegmentSource(key, _ => Task.FromResult<Stream?>(new MemoryStream(_store[name]!))));
            }

            using var file = new MemoryStream();
            AssemblyResult result = TrackAssembler.AssembleAsync(sources, file).GetAwaiter().GetResult();
            Assert.Empty(result.Gaps);
            file.Position = 0;
            var reader = new TrackFileReader(file);
            ulong next = 1;
            while (reader.Read())
            {
                if (reader.Kind != TrackItemKind.Block || reader.Header.Kind != BlockKind.Data)
                {
                    continue;
                }

                Assert.Equal(next, reader.Header.FirstIndex);
                var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                while (entries.Read())
                {
                    Assert.True(entries.Packet.SequenceEqual(TestTrack.Packet(next++)));
                }
            }

            Assert.Equal(last + 1, next);
        }

        private TrackLog NewActivation()
        {
            var log = new TrackLog(_options, _time, $"act{++_activations}");
            log.Open(TestTrack.Opening(firstUnstored: _acknowledged + 1));
            if (_activations % 2 == 0)
            {
                log.EndConfirming(TestTrack.Epoch);
            }

            return log;
        }

        private void Send(TrackBatch batch)
        {
            _sent.Add(batch);
            Hear(_log.Append(batch));
            Drain();
        }

        private void Resend(int which)
        {
            if (_sent.Count > 0)
            {
                Hear(_log.Append(_sent[which % _sent.Count]));
                Drain();
            }
        }

        private void Hear(AppendResult result)
        {
            Assert.NotEqual(AppendStatus.Malformed, result.Status);
            Assert.InRange(_log.UnstoredBytes, 0, _options.WindowBytes + 4000);
            if (result.StoredIndex > _acknowledged)
            {
                SortedDictionary<(ulong Epoch, ulong Index), byte[]?> packets = StoredTrack.Read(_store).Packets;
                for (ulong index = _acknowledged + 1; index <= result.StoredIndex; index++)
                {
                    Assert.True(packets.ContainsKey((TestTrack.Epoch, index)));
                }

                _acknowledged = result.StoredIndex;
            }

            _next = result.ExpectedIndex;
        }

        private void Drain()
        {
            while (_log.TryTake(out TrackSegment? segment))
            {
                _pending.Add(segment);
            }
        }

        private void CompleteAPut(int which)
        {
            if (_pending.Count > 0)
            {
                TrackSegment segment = _pending[which % _pending.Count];
                _pending.Remove(segment);
                Put(segment);
                _log.MarkStored(segment);
                Merge();
            }
            else if (_orphans.Count > 0)
            {
                Put(_orphans[which % _orphans.Count]);
            }
        }

        private void Put(TrackSegment segment)
        {
            byte[] content = new byte[segment.Length];
            segment.CopyTo(content);
            _store.PutAsync(segment.ObjectKey, content).GetAwaiter().GetResult();
        }

        private void Merge()
        {
            if (_log.PlanRollUp() is { } parts)
            {
                var key = parts[0].Key with { LastIndex = parts[^1].Key.LastIndex };
                _store.PutAsync(TestTrack.Segments + key.FileName, parts.SelectMany(p => _store[p.ObjectKey]!).ToArray()).GetAwaiter().GetResult();
                foreach (StoredPart part in parts.Skip(parts.Count % 2))
                {
                    _store.DeleteAsync(part.ObjectKey).GetAwaiter().GetResult();
                }
            }
        }

        /// <summary>The activation goes without a word; its Puts may or may not have reached the store, or reach it later.</summary>
        private void Die(int which)
        {
            _orphans.AddRange(_pending);
            _pending.Clear();
            if (_orphans.Count > 0 && which % 2 == 0)
            {
                Put(_orphans[which % _orphans.Count]);
            }

            _log = NewActivation();
            _next = _acknowledged + 1;
        }
    }
}
