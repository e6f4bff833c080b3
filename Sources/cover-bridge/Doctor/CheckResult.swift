import CoverTerminal
import Jansson

/// The result of one check of `doctor`.
struct CheckResult: JSONEncodable, Sendable {
    enum Grade: String, Sendable {
        case ok, warning, failed

        var style: Style {
            switch self {
            case .ok: .good
            case .warning: .odd
            case .failed: .bad
            }
        }
    }

    var subject: String
    var grade: Grade
    var message: String
    /// What the user can do about the result; nil if there is nothing to do.
    var next: String?
    /// How long the check took; nil if it was not measured.
    var milliseconds: Int64?
    /// The exit code of the command if this check failed.
    var status = ExitStatus.done
    /// Whether the check failed because the certificate of a server was refused.
    var isOfCertificate = false

    static func ok(_ subject: String, _ message: String, next: String? = nil) -> CheckResult {
        CheckResult(subject: subject, grade: .ok, message: message, next: next)
    }

    static func warning(_ subject: String, _ message: String, next: String) -> CheckResult {
        CheckResult(subject: subject, grade: .warning, message: message, next: next)
    }

    static func failed(_ subject: String, _ message: String, next: String? = nil, _ status: ExitStatus) -> CheckResult {
        CheckResult(subject: subject, grade: .failed, message: message, next: next, status: status)
    }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("subject", subject)
            $0.member("grade", grade.rawValue)
            $0.member("message", message)
            $0.member("next", next)
            if let milliseconds { $0.member("milliseconds", milliseconds) }
        }
    }
}

extension [CheckResult] {
    func lines(palette: Palette) -> [String] {
        map { result in
            let time = result.milliseconds.map { " (\($0) ms)" } ?? ""
            let text = result.message + time + (result.next.map { " " + $0 } ?? "")
            return palette.render([
                Span(result.grade.rawValue.padded(to: 7), result.grade.style),
                Span("  " + result.subject.padded(to: 8) + "  "),
                Span(text),
            ])
        }
    }

    /// The most serious exit code of the failed checks.
    var status: ExitStatus {
        var summary = ExitSummary()
        for result in self { summary.add(result.status) }
        return summary.status
    }
}
