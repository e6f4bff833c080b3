import CoverAPI
import CoverModel
import CoverTerminal
import CoverWatch

/// The codes that the process ends with. The help and the manual page are made from this table, and a test holds the README to it.
///
/// 1 is the API's word that a task has failed: a script may order anew on 1, and on no other code. Where the API said nothing of the
/// task, another code is used. A standard output that was closed at the start is 1 too: then nothing was asked, and a script that goes
/// on so orders nothing either.
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
    /// `EX_IOERR` of sysexits.h. What is known of a task may be lost, and that it failed is no more likely than that it did not.
    case outputLost = 74
    case stalled = 75
    case interrupted = 130
    /// 128 and the number of SIGPIPE, as a shell counts it.
    case readerGone = 141

    /// What the code means, in the words of the help, which has a screen for all of them. The README says more.
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

    /// Those that can come together in one command, the gravest first. Any other outweighs them. 1 is the last: a script that orders
    /// anew on 1 must not miss what is unknown of another task.
    static let byGravity: [ExitStatus] = [
        .credentials, .unreachable, .timeout, .refused, .notFound, .unsaved, .usage, .journal, .failed,
    ]

    /// How much this code outweighs others.
    var gravity: Int {
        if self == .done { return -1 }
        return Self.byGravity.firstIndex(of: self).map { Self.byGravity.count - $0 } ?? .max
    }

    /// The order of the codes of several tasks, as in `3 6 5`.
    static var precedence: String {
        byGravity.filter { $0 != .journal }.map { "\($0.rawValue)" }.joined(separator: " ")
    }

    /// All codes in lines of at most 80 columns.
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
        // Of a task: an image's address, which nobody typed.
        case .insecureEndpoint where error.taskId != nil: self = .unsaved
        case .insecureEndpoint, .badRequest, .validationFailed: self = .usage
        case .insufficientCredits, .featureDisabled, .conflict: self = .refused
        case .downloadFailed, .fileExists: self = .unsaved
        default: self = .unreachable
        }
    }
}
