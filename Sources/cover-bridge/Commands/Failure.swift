import CoverModel
import CoverSandbox
import CoverTerminal
import CoverWatch
import JSONRPC
import SessionRecording

/// Why the command ends: a code, and a line that says what, where and what to do next.
struct Failure: Error {
    let code: ExitStatus
    let message: String

    init(code: ExitStatus, message: String) {
        self.code = code
        self.message = message
    }

    /// Whatever went wrong, in its own words where it has some for people.
    init(_ error: any Error) {
        let unknown = Failure(code: .fault, message: "something failed that has no name yet; please report it")
        self = Failure(known: error) ?? unknown
    }

    /// nil for an error that has no words for people.
    init?(known error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CoverError: self.init(code: ExitStatus(error), message: error.message)
        case let error as JournalError: self.init(code: .journal, message: error.message)
        case let error as SandboxError: self.init(code: .usage, message: error.message)
        case let error as RecordingError: self.init(code: .usage, message: error.message)
        case let error as TransportError:
            self.init(code: .fault, message: "the system refuses \(error.operation) (error \(error.code))")
        default: return nil
        }
    }

    /// The line that a task's own failure gets.
    init(_ error: CoverError, about taskId: TaskID?) {
        self.init(code: ExitStatus(error), message: error.sentence(about: taskId))
    }

    func exit() -> Never {
        // Line by line: the message may hold what was typed, or what the API says.
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).displayable }
        // Whoever presses Control-C does so on a line that says ^C now, and perhaps how far something was.
        let start = code == .interrupted && Terminal.errors.isInteractive ? "\r\u{1B}[K" : ""
        StandardError.conclude("\(start)cover-bridge: \(lines.joined(separator: "\n"))\n")
        endProcess(with: code)
    }
}
