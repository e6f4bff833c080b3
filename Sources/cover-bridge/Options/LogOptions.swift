public import ArgumentParser
public import Logging

/// What is logged on standard error.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("On stderr.", valueName: "level"))
    var logLevel = StderrLogHandler.Settings().level

    @Option(help: ArgumentHelp("Log lines.", valueName: "format"))
    var logFormat = StderrLogHandler.Settings().format

    var settings: StderrLogHandler.Settings { .init(level: logLevel, format: logFormat) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension StderrLogHandler.Format: ExpressibleByArgument {}
