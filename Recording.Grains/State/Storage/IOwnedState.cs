namespace Recording.Grains.State.Storage;

/// <summary>Grain state that says who stored it.</summary>
internal interface IOwnedState
{
    /// <summary>The activation that stored this.</summary>
    string Writer { get; set; }
}
