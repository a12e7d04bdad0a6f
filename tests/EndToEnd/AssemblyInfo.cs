// Each test starts processes of its own: side by side they would only take each other's cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
