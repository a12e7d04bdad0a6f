using FsCheck;
using FsCheck.Xunit;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

public sealed class TrackRingTests
{
    [Fact]
    public void The_oldest_packets_give_way_to_bytes_and_to_age()
    {
        var ring = new TrackRing(1000, TimeSpan.FromSeconds(1));
        for (int i = 0; i < 15; i++)
        {
            ring.Append(i * 1000, new byte[100]);
        }

        Assert.Equal((6UL, 16UL, 5UL, 1000L), (ring.FirstIndex, ring.NextIndex, ring.Dropped, ring.Bytes));
        ring.Append(1_009_500, new byte[100]);
        Assert.Equal(11UL, ring.FirstIndex);
    }

    [Fact]
    public void A_late_acknowledgement_of_less_changes_nothing_and_one_of_more_ends_at_what_is_there()
    {
        var ring = new TrackRing(1000, TimeSpan.FromSeconds(1));
        ring.Append(0, new byte[10]);
        ring.Append(0, new byte[10]);
        ring.Acknowledge(2);
        ring.Acknowledge(1);
        Assert.Equal((2UL, 3UL), (ring.DurableIndex, ring.FirstIndex));
        ring.Acknowledge(99);
        Assert.Equal((2UL, 3UL, 0L), (ring.DurableIndex, ring.NextIndex, ring.Bytes));
    }

    [Property(MaxTest = 200)]
    public bool Every_held_index_gives_its_packet_and_bytes_add_up(PositiveInt[] steps)
    {
        var ring = new TrackRing(50_000, TimeSpan.FromHours(1));
        var all = new List<byte[]>();
        foreach (PositiveInt step in steps)
        {
            if (step.Get % 3 == 0)
            {
                ring.Acknowledge((ulong)(step.Get % (all.Count + 1)));
                continue;
            }

            byte[] packet = new byte[1 + (step.Get % 1200)];
            all.Add(packet);
            if (ring.Append(0, packet) != (ulong)all.Count)
            {
                return false;
            }
        }

        long bytes = 0;
        for (ulong index = ring.FirstIndex; index < ring.NextIndex; index++)
        {
            if (ring.BytesBefore(index) != bytes || !ReferenceEquals(ring[index].Packet, all[(int)index - 1]))
            {
                return false;
            }

            bytes += ring[index].Packet.Length;
        }

        return bytes == ring.Bytes && ring.BytesBefore(ring.NextIndex) == bytes;
    }
}
