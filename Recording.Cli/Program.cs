using Recording.Cli;

return await RecordingCommandLine.Create().Parse(args).InvokeAsync();
