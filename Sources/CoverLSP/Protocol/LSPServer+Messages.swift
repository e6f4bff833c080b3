import CoverAPI
import CoverService
import JSONRPC
import Jansson
import Synchronization

/// The severity of a message (LSP 3.17, `MessageType`).
enum MessageType: Int, Sendable {
    case error = 1
    case warning, info
}

/// The parameters of `window/showMessage` and `window/logMessage`.
private struct Message: JSONEncodable {
    let type: MessageType
    let text: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("type", type.rawValue)
            $0.member("message", text)
        }
    }
}

/// The parameters of `$/logTrace`.
private struct Trace: JSONEncodable {
    let message: String
    let verbose: String?

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("message", message)
            if let verbose { $0.member("verbose", verbose) }
        }
    }
}

extension LSPServer {
    /// Shows a message to the user.
    func show(_ type: MessageType, _ text: String, _ session: Session) {
        session.notify("window/showMessage", Message(type: type, text: service.client.redacting(text)))
    }

    /// Writes a line into the log that the client keeps for this server.
    func log(_ type: MessageType, _ text: String, _ session: Session) {
        session.notify("window/logMessage", Message(type: type, text: service.client.redacting(text)))
    }

    /// Sends the client a trace of what the server does, if the client wants one.
    ///
    /// - Parameter details: a text that is added if the client wants a verbose trace.
    func trace(_ message: String, _ details: @autoclosure () -> String, _ session: Session) {
        let level = state.withLock(\.trace)
        guard level != .off else { return }
        let verbose = level == .verbose ? service.client.redacting(details()) : nil
        session.notify("$/logTrace", Trace(message: service.client.redacting(message), verbose: verbose))
    }

    func setTrace(_ arguments: Arguments) throws(RPCError) {
        guard let level = TraceLevel(arguments["value"]) else {
            throw .invalidParams("value must be off, messages or verbose", parameter: "value")
        }
        state.withLock { $0.trace = level }
    }
}
