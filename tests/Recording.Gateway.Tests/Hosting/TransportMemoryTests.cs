using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Recording.Gateway.Configuration;
using Recording.Gateway.Hosting;

namespace Recording.Gateway.Tests.Hosting;

/// <summary>The memory that connections read into.</summary>
public sealed class TransportMemoryTests
{
    [Fact]
    public void The_server_takes_its_memory_from_here()
    {
        RecordingSettings settings = RecordingSettings.Load(new ConfigurationBuilder().AddInMemoryCollection([new("RECORDING_GRPC_LISTEN", $"{IPAddress.Loopback}")]).Build());
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseServicePorts(settings, grpc: true);
        using WebApplication app = builder.Build();
        Assert.IsType<TransportMemory>(app.Services.GetRequiredService<IMemoryPoolFactory<byte>>());
    }

    [Fact]
    public void Blocks_are_whole_and_used_again()
    {
        using MemoryPool<byte> pool = new TransportMemory().Create();
        IMemoryOwner<byte> first = pool.Rent(1);
        Assert.Equal(TransportMemory.BlockSize, first.Memory.Length);
        IMemoryOwner<byte> second = pool.Rent();
        Assert.NotSame(first, second);
        first.Dispose();
        Assert.Same(first, pool.Rent(TransportMemory.BlockSize));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(TransportMemory.BlockSize + 1));
    }

    [Fact]
    public void A_block_that_is_given_back_twice_is_handed_out_once()
    {
        using MemoryPool<byte> pool = new TransportMemory().Create();
        IMemoryOwner<byte> block = pool.Rent();
        block.Dispose();
        block.Dispose();
        Assert.Same(block, pool.Rent());
        Assert.NotSame(block, pool.Rent());
    }

    [Fact]
    public void No_more_than_the_bound_wait_for_their_next_use()
    {
        using MemoryPool<byte> pool = new TransportMemory().Create();
        List<IMemoryOwner<byte>> rented = [.. Enumerable.Range(0, TransportMemory.MaxIdle + 10).Select(_ => pool.Rent())];
        rented.ForEach(static block => block.Dispose());
        HashSet<IMemoryOwner<byte>> known = [.. rented];
        Assert.Equal(TransportMemory.MaxIdle, Enumerable.Range(0, TransportMemory.MaxIdle + 10).Count(_ => known.Contains(pool.Rent())));
    }

    [Fact]
    public void Blocks_that_come_back_after_the_end_are_let_go()
    {
        MemoryPool<byte> pool = new TransportMemory().Create();
        IMemoryOwner<byte> block = pool.Rent();
        pool.Dispose();
        block.Dispose();
        Assert.NotSame(block, pool.Rent());
    }
}
