import CoverFleet
import CoverModel
import CoverSandbox
import CoverTerminal
import CoverWatch
import JSONRPC
import SessionRecording

/// The reason why a command ends: an exit code, and a line that says what is wrong, where, and what to do next.
struct Failure: Error {
    let code: ExitStatus
    let message: String

    init(code: ExitStatus, message: String) {
        self.code = code
        self.message = message
    }

    /// The failure for any error. If the error has no message for people, the failure has a general message.
    init(_ error: any Error) {
        let unknown = Failure(code: .fault, message: "an unknown error occurred; please report it")
        self = Failure(known: error) ?? unknown
    }

    /// The failure for an error that has a message for people. The result is nil for any other error.
    init?(known error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CoverError: self.init(code: ExitStatus(error), message: error.message)
        case let error as JournalError: self.init(code: .journal, message: error.message)
        case let error as FleetStoreError:
            self.init(code: error.kind == .unusable ? .usage : .unreachable, message: error.message)
        case let error as SandboxError: self.init(code: .usage, message: error.message)
        case let error as RecordingError: self.init(code: .usage, message: error.message)
        case let error as TransportError:
            self.init(code: .fault, message: "the system refuses \(error.operation) (error \(error.code))")
        default: return nil
        }
    }

    /// The failure for an error about a task.
    init(_ error: CoverError, about taskId: TaskID?) {
        self.init(code: ExitStatus(error), message: error.sentence(about: taskId))
    }

    func exit() -> Never {
        report()
        endProcess(with: code)
    }

    /// Prints the line that says what is wrong.
    func report() {
        // Each line is made displayable, because the message may contain user input or text of the API.
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).displayable }
        // After Control-C, the current line of the terminal shows ^C and perhaps a progress line. This line is cleared
        // first.
        let start = code == .interrupted && Terminal.errors.isInteractive ? "\r\u{1B}[K" : ""
        StandardError.conclude("\(start)cover-bridge: \(lines.joined(separator: "\n"))\n")
    }
}
