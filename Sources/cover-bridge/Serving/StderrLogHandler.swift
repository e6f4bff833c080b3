import CoverModel
import Jansson
import Logging

/// Writes one line per log message on standard error, for people or for programs.
struct StderrLogHandler: LogHandler {
    enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let label: String
    private let format: Format

    init(label: String, level: Logger.Level, format: Format) {
        self.label = label
        self.logLevel = level
        self.format = format
    }

    struct Settings: Sendable {
        var level = Logger.Level.warning
        var format = Format.text
    }

    /// Makes every logger of the process write through this handler. Call this once, before anything logs.
    static func bootstrap(_ settings: Settings) {
        LoggingSystem.bootstrap { StderrLogHandler(label: $0, level: settings.level, format: settings.format) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let time = Timeline.system.wallTime
        let values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let tail = values.map { " \($0.key)=\($0.value)" }.joined()
            StandardError.write("\(time) \(event.level) \(label): \(event.message)\(tail)\n")
        case .json:
            var writer = JSONWriter()
            writer.object {
                $0.member("time", time)
                $0.member("level", event.level.rawValue)
                $0.member("label", label)
                $0.member("message", event.message.description)
                for (key, value) in values { $0.member(key, value.description) }
            }
            StandardError.write(String(decoding: writer.bytes, as: UTF8.self) + "\n")
        }
    }
}
