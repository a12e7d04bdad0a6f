using Recording.Cli;

return await RecordingCommandLine.RunAsync(args);
