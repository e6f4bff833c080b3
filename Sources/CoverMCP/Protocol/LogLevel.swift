import JSONRPC
import Jansson

/// The severities of RFC 5424. A host names one of them to say which log messages it wants.
enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    case debug, info, notice, warning, error, critical, alert, emergency

    var word: String { "\(self)" }

    static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    /// - Throws: `invalidParams` if the value is no level.
    static func read(_ value: JSONValue) throws(RPCError) -> LogLevel {
        guard let level = allCases.first(where: { $0.word == value.string }) else {
            throw .invalidParams(
                "a log level is one of \(allCases.map(\.word).joined(separator: ", "))",
                parameter: "level"
            )
        }
        return level
    }
}

/// Decides which log messages are sent. This is a value, which its owner protects with a lock.
struct LogGate {
    /// The level of `logging/setLevel`. It is nil before that request, and while it is nil, no message is sent for it.
    var level: LogLevel?
    private var requests: [UInt64: LogLevel] = [:]
    private var lastRequest: UInt64 = 0

    /// Records that a request is in flight whose host wants log messages from this level on.
    mutating func open(_ level: LogLevel) -> UInt64 {
        lastRequest += 1
        requests[lastRequest] = level
        return lastRequest
    }

    mutating func close(_ request: UInt64) { requests[request] = nil }

    func lets(_ level: LogLevel) -> Bool {
        (self.level.map { $0 <= level } ?? false) || requests.values.contains { $0 <= level }
    }
}

/// The parameters of `notifications/message`.
struct LogMessage: JSONEncodable {
    let level: LogLevel
    let message: String
    /// Further members of `data`.
    var details: (inout JSONWriter) -> Void = { _ in }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("level", level.word)
            $0.member("logger", "cover-bridge")
            $0.member("data") {
                $0.object {
                    $0.member("message", message)
                    details(&$0)
                }
            }
        }
    }
}
