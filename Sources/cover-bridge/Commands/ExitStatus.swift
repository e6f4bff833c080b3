import CoverAPI
import CoverModel
import CoverTerminal
import CoverWatch

/// The exit codes of the process. The help and the manual page are generated from this table, and a test compares the
/// README with it.
///
/// The code 1 means that the API says a task has failed. A script may order a new cover on 1, and on no other code. If
/// the API said nothing about the task, the code is another one. 1 is also the code when standard output was closed at
/// the start. Then nothing was queried, and a script that continues with a closed output orders nothing either.
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
    /// `EX_IOERR` of sysexits.h. Results may be lost, and nothing says whether a task has failed.
    case outputLost = 74
    case stalled = 75
    case interrupted = 130
    /// 128 plus the number of SIGPIPE, like in a shell.
    case readerGone = 141

    /// The meaning in the words of the help, where all codes fit on one screen. The README says more.
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

    /// The codes that can occur together in one command, the most serious first. Any other code outweighs them. 1 is
    /// the last, because a script that orders again on 1 must not miss an unknown result of another task.
    static let byGravity: [ExitStatus] = [
        .credentials, .unreachable, .timeout, .refused, .notFound, .unsaved, .usage, .journal, .failed,
    ]

    /// How serious the code is; a code outweighs those with a lower number.
    var gravity: Int {
        if self == .done { return -1 }
        return Self.byGravity.firstIndex(of: self).map { Self.byGravity.count - $0 } ?? .max
    }

    /// The order of the codes of several tasks, as in `3 6 5`.
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
        // The URL of a task's image, and not an argument of the user.
        case .insecureEndpoint where error.taskId != nil: self = .unsaved
        case .insecureEndpoint, .badRequest, .validationFailed: self = .usage
        case .insufficientCredits, .featureDisabled, .conflict: self = .refused
        case .downloadFailed, .fileExists: self = .unsaved
        default: self = .unreachable
        }
    }
}
