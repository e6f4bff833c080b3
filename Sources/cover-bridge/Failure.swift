import CoverAPI
import CoverSandbox
import CoverWatch
import JSONRPC

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The codes that the process ends with, as the page of the command lists them.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    case usage = 2
    case credentials = 3
    case notFound = 4
    case timeout = 5
    case unreachable = 6
    case stalled = 75
    case interrupted = 130

    init(_ error: CoverError) {
        switch error.kind {
        case .unauthorized, .missingCredentials: self = .credentials
        case .taskNotFound: self = .notFound
        case .waitTimeout, .requestTimeout: self = .timeout
        case .unreachable: self = .unreachable
        case .insecureEndpoint, .badRequest, .validationFailed: self = .usage
        default: self = .failed
        }
    }
}

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
        let unknown = Failure(code: .failed, message: "something failed that has no name yet; please report it")
        self = Failure(known: error) ?? unknown
    }

    /// nil for an error that has no words for people.
    init?(known error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CoverError: self.init(code: ExitStatus(error), message: error.message)
        case let error as JournalError: self.init(code: .failed, message: error.message)
        case let error as SandboxError: self.init(code: .usage, message: error.message)
        case let error as TransportError:
            self.init(code: .failed, message: "the system refuses \(error.operation) (error \(error.code))")
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

/// Ends the process, whatever threads still wait for something.
func endProcess(with code: ExitStatus) -> Never {
    exit(code.rawValue)
}
