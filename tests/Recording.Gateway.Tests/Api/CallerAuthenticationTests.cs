using System.Net;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NSubstitute;
using Recording.Model;
using Recording.Protocol.Control;

namespace Recording.Gateway.Tests.Api;

/// <summary>Who is let in, over real calls: JWT by secret and by key set, the SFU token, loopback.</summary>
public sealed class CallerAuthenticationTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";
    private static readonly IPAddress _elsewhere = IPAddress.Parse("192.0.2.7");
    private static readonly SymmetricSecurityKey _key = new(Encoding.UTF8.GetBytes(Secret));

    [Fact]
    public async Task Participants_token_opens_its_own_room_only()
    {
        await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWT_SECRET", Secret));

        Assert.Equal(RecordingErrorCode.None, await GetAsync(host, Token(room: "room")));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await GetAsync(host, Token(room: "other")));
        Assert.Equal(RecordingErrorCode.None, await ListAsync(host, "room", Token(room: "room")));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await ListAsync(host, "other", Token(room: "room")));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await ListAsync(host, "", Token(room: "room")));
        await host.Index.Received(1).List("room", Arg.Any<RecordingStatus?>(), Arg.Any<string?>(), Arg.Any<int>());
        Assert.Single(host.Index.ReceivedCalls());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Token_for_no_room_lists_no_room(string? room)
    {
        await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWT_SECRET", Secret));

        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", Token(room: room)));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "room", Token(room: room)));
        Assert.Empty(host.Index.ReceivedCalls());
    }

    [Fact]
    public async Task Admins_token_reaches_all_rooms()
    {
        await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWT_SECRET", Secret));

        Assert.Equal(RecordingErrorCode.None, await ListAsync(host, "", Token(scope: "recordings:read recordings:admin")));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", Token(scope: "recordings:administrator")));
    }

    [Fact]
    public async Task Tokens_that_are_wrong_late_endless_unsigned_or_nobodys_are_refused_with_1004()
    {
        await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWT_SECRET", Secret));
        var other = new SymmetricSecurityKey(Encoding.UTF8.GetBytes("ffffffffffffffffffffffffffffffff"));
        string good = Token(room: "room");
        string[] wrong =
        [
            Token(room: "room", key: other),
            Token(room: "room", expires: DateTime.UnixEpoch.AddYears(50)),
            Token(room: "room", subject: null),
            Token(room: "room", algorithm: SecurityAlgorithms.HmacSha512, key: new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Secret + Secret))),
            new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken($$"""{"sub":"anna","room":"room"}""", new SigningCredentials(_key, SecurityAlgorithms.HmacSha256)),
            Unsigned(good),
            good[..^3],
            "nonsense",
        ];

        foreach (string token in wrong)
        {
            Assert.Equal(RecordingErrorCode.BadToken, await GetAsync(host, token));
        }

        Assert.Equal(RecordingErrorCode.BadToken, await GetAsync(host, null));
        Assert.Equal(RecordingErrorCode.None, await GetAsync(host, good));
    }

    [Fact]
    public async Task Tokens_of_a_key_set_are_let_in_by_its_keys()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = new ECDsaSecurityKey(own) { KeyId = "one" };
        ECParameters point = own.ExportParameters(false);
        string keySet = $$"""{"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"{{Base64UrlEncoder.Encode(point.Q.X)}}","y":"{{Base64UrlEncoder.Encode(point.Q.Y)}}"}]}""";
        await using WebApplication issuer = await ServeAsync(keySet);
        string address = issuer.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWKS_URL", $"{address}/keys"));

        Assert.Equal(RecordingErrorCode.None, await GetAsync(host, Token(room: "room", key: key, algorithm: SecurityAlgorithms.EcdsaSha256)));
        Assert.Equal(RecordingErrorCode.BadToken, await GetAsync(host, Token(room: "room", key: new ECDsaSecurityKey(foreign) { KeyId = "one" }, algorithm: SecurityAlgorithms.EcdsaSha256)));
        Assert.Equal(RecordingErrorCode.BadToken, await GetAsync(host, Token(room: "room")));
    }

    [Fact]
    public async Task Key_set_that_cannot_be_fetched_lets_nobody_in()
    {
        await using WebApplication issuer = await ServeAsync("not a key set");
        string address = issuer.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        foreach (string path in new[] { "/keys", "/missing" })
        {
            await using ApiHost host = await ApiHost.StartAsync(null, ("RECORDING_JWKS_URL", address + path));
            Assert.Equal(RecordingErrorCode.BadToken, await GetAsync(host, Token(room: "room")));
        }
    }

    [Fact]
    public async Task Sfu_token_is_let_in_from_anywhere_and_others_are_not()
    {
        await using ApiHost host = await ApiHost.StartAsync(_elsewhere, ("RECORDING_SFU_TOKEN", "right"));

        Assert.Equal(RecordingErrorCode.None, await ListAsync(host, "", "right"));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", "wrong"));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", null));
    }

    [Fact]
    public async Task With_nothing_configured_only_this_machine_is_served()
    {
        await using (ApiHost here = await ApiHost.StartAsync(null))
        {
            Assert.Equal(RecordingErrorCode.None, await ListAsync(here, "", null));
        }

        await using ApiHost host = await ApiHost.StartAsync(_elsewhere);
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", null));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(host, "", "anything"));
    }

    [Fact]
    public async Task Loopback_callers_need_a_token_too_once_one_is_configured()
    {
        await using ApiHost withSfu = await ApiHost.StartAsync(null, ("RECORDING_SFU_TOKEN", "right"));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(withSfu, "", null));
        await using ApiHost withJwt = await ApiHost.StartAsync(null, ("RECORDING_JWT_SECRET", Secret));
        Assert.Equal(RecordingErrorCode.BadToken, await ListAsync(withJwt, "", null));
    }

    private static Task<RecordingErrorCode> GetAsync(ApiHost host, string? token) =>
        ApiHost.CodeOf(host.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = "rec" }, Headers(token)));

    private static Task<RecordingErrorCode> ListAsync(ApiHost host, string roomId, string? token) =>
        ApiHost.CodeOf(host.Control.ListRecordingsAsync(new ListRecordingsRequest { RoomId = roomId }, Headers(token)));

    private static Metadata Headers(string? token) => token is null ? [] : ApiHost.Bearer(token);

    private static string Token(
        string? room = null, string? scope = null, string? subject = "anna", SecurityKey? key = null, string algorithm = SecurityAlgorithms.HmacSha256, DateTime? expires = null)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach ((string name, string? value) in new[] { ("sub", subject), ("room", room), ("scope", scope) })
        {
            if (value is not null)
            {
                claims[name] = value;
            }
        }

        DateTime end = expires ?? TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            IssuedAt = end.AddMinutes(-10),
            NotBefore = end.AddMinutes(-10),
            Expires = end,
            SigningCredentials = new SigningCredentials(key ?? _key, algorithm),
        });
    }

    private static string Unsigned(string token) => $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{token.Split('.')[1]}.";

    private static async Task<WebApplication> ServeAsync(string keySet)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        app.MapGet("/keys", () => keySet);
        await app.StartAsync();
        return app;
    }
}
