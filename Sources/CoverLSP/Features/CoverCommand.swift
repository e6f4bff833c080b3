import Jansson

/// The commands that a client may execute, by the names that the client sees.
enum CoverCommand: String, Sendable, CaseIterable {
    /// Follows covers. Arguments: their ids.
    case follow = "cover-bridge.follow"
    /// Stops following covers. Arguments: their ids.
    case unfollow = "cover-bridge.unfollow"
    /// Queries the status of a cover once, and shows it. Argument: its id.
    case ask = "cover-bridge.ask"
    /// Saves the images of a cover beside a file. Arguments: its id, and the URI of the file.
    case download = "cover-bridge.download"
    /// Opens the images of a cover. Argument: its id.
    case open = "cover-bridge.open"
}

/// A command with a title and its arguments (LSP 3.17, `Command`).
struct Command: JSONEncodable, Sendable {
    let title: String
    let command: CoverCommand
    let arguments: [String]

    init(_ title: String, _ command: CoverCommand, _ arguments: [String]) {
        (self.title, self.command, self.arguments) = (title, command, arguments)
    }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("title", title)
            $0.member("command", command.rawValue)
            $0.member("arguments", arguments)
        }
    }
}

/// An entry of the answer to `textDocument/codeAction`.
struct CodeAction: JSONEncodable, Sendable {
    /// The kind of the action. Clients list this kind as a fix for the text at the cursor.
    static let kind = "quickfix"

    let command: Command
    /// Whether the client accepts a `CodeAction`; otherwise it gets the `Command` alone.
    let isLiteral: Bool

    func encode(to writer: inout JSONWriter) {
        guard isLiteral else { return command.encode(to: &writer) }
        writer.object {
            $0.member("title", command.title)
            $0.member("kind", Self.kind)
            $0.member("command", command)
        }
    }
}
