using Recording.Media.Captures.Import;
using Recording.Storage;

namespace Recording.Cli.Import;

/// <summary>Names of participants and tracks of an import.</summary>
internal sealed class ImportedTracks
{
    private readonly List<(string Owner, ImportedPeer Peer)> _peers = [];
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);

    public ImportedTracks(ImportRequest request, IReadOnlyList<CapturedTrack> tracks)
    {
        var names = new Queue<string>(request.Peers);
        var named = new List<NamedTrack>();
        foreach (CapturedTrack track in tracks)
        {
            ImportedPeer peer = PeerOf(track, request, names);
            bool isVideo = track.Kind == "video";
            string first = RecordingKeys.TrackId(peer.PeerId, isVideo, track.IsScreenshare);
            int ordinal = _ordinals[first] = _ordinals.GetValueOrDefault(first) + 1;
            named.Add(new NamedTrack(track, peer.PeerId, RecordingKeys.TrackId(peer.PeerId, isVideo, track.IsScreenshare, ordinal)));
        }

        Tracks = named;
    }

    public IReadOnlyList<NamedTrack> Tracks { get; }

    public IEnumerable<ImportedPeer> Peers => _peers.Select(peer => peer.Peer).DistinctBy(peer => peer.PeerId, StringComparer.Ordinal);

    private ImportedPeer PeerOf(CapturedTrack track, ImportRequest request, Queue<string> names)
    {
        string owned = track.Owner[(track.Owner.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        IEnumerable<string> keys = track.Ssrcs.SelectMany(ssrc => (string[])[$"{ssrc}", $"0x{ssrc:x}", $"0x{ssrc:x8}"]).Concat([track.Cname, track.Stream, owned]);
        string? asked = keys.Select(key => request.NamedPeers.TryGetValue(key, out string? name) ? name : null).FirstOrDefault(name => name is not null);
        string owner = asked is null ? track.Owner : $"name {asked}";
        int known = _peers.FindIndex(peer => peer.Owner == owner);
        if (known < 0)
        {
            string name = asked ?? (names.TryDequeue(out string? next) ? next : $"peer-{_peers.Count + 1}");
            _peers.Add((owner, new ImportedPeer(name, track.Cname, track.Stream)));
            known = _peers.Count - 1;
        }

        return _peers[known].Peer;
    }
}
