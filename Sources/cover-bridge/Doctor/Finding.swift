import CoverTerminal
import Jansson

/// One thing that was looked at, and what came of it.
struct Finding: JSONEncodable, Sendable {
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
    /// What to do about it.
    var next: String?
    /// How long it took.
    var milliseconds: Int64?
    /// The code that the command ends with, where it failed.
    var status = ExitStatus.done
    /// Whether a server's certificate was refused.
    var isOfCertificate = false

    static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(subject: subject, grade: .ok, message: message)
    }

    static func warning(_ subject: String, _ message: String, next: String) -> Finding {
        Finding(subject: subject, grade: .warning, message: message, next: next)
    }

    static func failed(_ subject: String, _ message: String, next: String? = nil, _ status: ExitStatus) -> Finding {
        Finding(subject: subject, grade: .failed, message: message, next: next, status: status)
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

extension [Finding] {
    func lines(palette: Palette) -> [String] {
        map { finding in
            let time = finding.milliseconds.map { " (\($0) ms)" } ?? ""
            let text = finding.message + time + (finding.next.map { " " + $0 } ?? "")
            return palette.render([
                Span(finding.grade.rawValue.padded(to: 7), finding.grade.style),
                Span("  " + finding.subject.padded(to: 8) + "  "),
                Span(text),
            ])
        }
    }

    /// The gravest of what failed.
    var status: ExitStatus {
        var verdict = Verdict()
        for finding in self { verdict.add(finding.status) }
        return verdict.status
    }
}
