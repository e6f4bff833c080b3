import CoverAPI
import CoverModel
import CoverTerminal
import CoverWatch

/// The exit codes of the process. The help and the manual page are generated from this table, and a test compares the
/// README with it.
///
/// The code 1 means that a task has failed according to the API. A script may order a new cover after code 1, but after
/// no other code. If the API gave no result about the task, a command about tasks does not end with 1. There is one
/// exception: every command ends with 1 if standard output was closed at the start. In that case nothing was queried. A
/// script that then orders with the same closed output fails too, and orders nothing.
///
/// Two commands that are not about single tasks also use the code 1: `replay` for differences, and a server for an
/// `exit` without a `shutdown`.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    case failed = 1
    case usage = 2
    case credentials = 3
    case notFound = 4
    case timeout = 5
    case unreachable = 6
    case refused = 7
    case unsaved = 8
    case journal = 9
    case fault = 70
    /// `EX_IOERR` of sysexits.h. Results may be lost, and it is unknown whether a task has failed.
    case outputLost = 74
    case stalled = 75
    case interrupted = 130
    /// 128 plus the number of SIGPIPE, which is the code that a shell reports.
    case readerGone = 141

    /// Whether the command or its key was refused, so that nothing was done.
    var isRefusal: Bool { self == .usage || self == .credentials }

    /// The meaning of the code, in the words of the help. The words are short, so that all codes fit on one screen. The
    /// README explains more.
    var meaning: String {
        switch self {
        case .done: "done"
        case .failed: "a task failed"
        case .usage: "usage"
        case .credentials: "key"
        case .notFound: "not found"
        case .timeout: "timeout"
        case .unreachable: "no usable answer"
        case .refused: "refused"
        case .unsaved: "not saved"
        case .journal: "journal"
        case .fault: "fault"
        case .outputLost: "output lost"
        case .stalled: "peer stalled"
        case .interrupted: "interrupted"
        case .readerGone: "reader gone"
        }
    }

    /// The codes that can occur together in one command. The most serious code is the first. Any code that is not in
    /// this list is more serious. The code 1 is the last, because a script may order a new cover after code 1. If the
    /// result of another task is unknown, that script must get the other code.
    static let byGravity: [ExitStatus] = [
        .credentials, .unreachable, .timeout, .refused, .notFound, .unsaved, .usage, .journal, .failed,
    ]

    /// How serious the code is. If several codes occur, the code with the highest gravity decides.
    var gravity: Int {
        if self == .done { return -1 }
        return Self.byGravity.firstIndex(of: self).map { Self.byGravity.count - $0 } ?? .max
    }

    /// The codes in the order of their gravity, such as `3 6 5`.
    static var precedence: String {
        byGravity.filter { $0 != .journal }.map { "\($0.rawValue)" }.joined(separator: " ")
    }

    /// All codes, in lines of at most 80 columns.
    static var list: String {
        var lines = ["Exit codes:"]
        for status in allCases {
            let entry = " \(status.rawValue) \(status.meaning)" + (status == allCases.last ? "" : ",")
            if lines[lines.count - 1].count + entry.count > 80 { lines.append(" ") }
            lines[lines.count - 1] += entry
        }
        return lines.joined(separator: "\n")
    }
}

extension ExitStatus {
    init(_ error: CoverError) {
        switch error.kind {
        case .unauthorized, .missingCredentials, .badSignature: self = .credentials
        case .taskNotFound: self = .notFound
        case .waitTimeout, .requestTimeout: self = .timeout
        // The insecure URL is the URL of a task's image, and not an argument of the user.
        case .insecureEndpoint where error.taskId != nil: self = .unsaved
        case .insecureEndpoint, .badRequest, .validationFailed: self = .usage
        case .insufficientCredits, .featureDisabled, .conflict: self = .refused
        case .downloadFailed, .fileExists: self = .unsaved
        default: self = .unreachable
        }
    }
}
