public import ArgumentParser
public import Logging

/// What is told on standard error.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("On stderr.", valueName: "level"))
    var logLevel = Logger.Level.warning

    @Option(help: ArgumentHelp("Log lines.", valueName: "format"))
    var logFormat = StderrLogHandler.Format.text

    /// To be called once, before anything logs.
    func apply() { StderrLogHandler.bootstrap(level: logLevel, format: logFormat) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension StderrLogHandler.Format: ExpressibleByArgument {}
