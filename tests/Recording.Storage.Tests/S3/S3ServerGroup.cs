namespace Recording.Storage.Tests.S3;

/// <summary>Tests that share one <see cref="S3Server"/>.</summary>
[CollectionDefinition(Name)]
public sealed class S3ServerGroup : ICollectionFixture<S3Server>
{
    internal const string Name = "S3 server";
}
