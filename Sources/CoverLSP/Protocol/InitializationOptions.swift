import CoverModel
import Jansson
import PCRE2

/// The user's options, from `initializationOptions` or from the client's settings in the section `cover-bridge`.
struct InitializationOptions: Sendable {
    /// The path of the key file.
    private(set) var apiKeyFile: String?
    private(set) var idPattern: IDPattern?
    /// The options that may change while the server runs.
    private(set) var settings = Settings()
    /// The values of `initializationOptions`. They apply to options that the client's settings do not contain.
    private var defaults = Settings()
    /// The faults in the options, each in a sentence for the user.
    private(set) var faults: [String] = []

    /// Options that may change while the server runs.
    struct Settings: Sendable {
        /// Whether a message is shown when a followed cover is done.
        var messages = true
        /// The time between two polls of a task; nil for the command's interval.
        var interval: Duration?
    }

    init() {}

    /// - Parameters:
    ///   - home: the user's home folder, for a path that begins with `~/`.
    ///   - intervals: the allowed intervals, in seconds.
    init(_ json: JSONValue?, home: String?, intervals: ClosedRange<Double>) {
        if let path = json?["apiKeyFile"], !path.isNull { readKeyFile(path, home) }
        if let pattern = json?["idPattern"], !pattern.isNull { readPattern(pattern) }
        readSettings(json, intervals)
        defaults = settings
    }

    /// Reads the client's settings. If the settings do not contain an option, its value in `initializationOptions`
    /// applies.
    mutating func readSettings(_ json: JSONValue?, _ intervals: ClosedRange<Double>) {
        settings = defaults
        if let value = json?["messages"], !value.isNull {
            if let flag = value.bool {
                settings.messages = flag
            } else {
                faults.append("messages must be true or false.")
            }
        }
        if let value = json?["interval"], !value.isNull {
            if let seconds = value.number, intervals.contains(seconds) {
                settings.interval = .seconds(seconds)
            } else {
                let range = "\(intervals.lowerBound.jsonText) to \(intervals.upperBound.jsonText)"
                faults.append("interval must be a number of seconds from \(range).")
            }
        }
    }

    /// - Returns: the faults found since the last call.
    mutating func takeFaults() -> [String] {
        defer { faults = [] }
        return faults
    }

    private mutating func readKeyFile(_ value: JSONValue, _ home: String?) {
        guard let path = value.string, !path.contains("\0") else {
            return faults.append("apiKeyFile must be the path of a file.")
        }
        do throws(HomePath.Fault) {
            let whole = try HomePath.expanded(path, home: home)
            guard whole.hasPrefix("/") else {
                return faults.append("apiKeyFile must begin with / or ~/: editors start servers in any folder.")
            }
            apiKeyFile = whole
        } catch {
            faults.append("apiKeyFile cannot be used. \(error)")
        }
    }

    private mutating func readPattern(_ value: JSONValue) {
        guard let pattern = value.string, !pattern.isEmpty else {
            return faults.append("idPattern must be a regular expression.")
        }
        do throws(PatternFault) { idPattern = try IDPattern(pattern) } catch {
            faults.append(
                "idPattern is no regular expression: \(error.message) at byte \(error.offset). Ids are found without it."
            )
        }
    }
}
