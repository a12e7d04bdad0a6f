namespace Recording.Gateway.Sfu.Spool;

/// <summary>A record on disk is not what was written.</summary>
internal sealed class SpoolDamagedException(string message) : Exception(message);
