/// The answer of the pretend API to one query about a task.
package enum SandboxAnswer: Hashable, Sendable {
    /// The record, sent after a delay.
    case record(SandboxRecord, after: Duration = .zero)
    case fault(SandboxFault, SandboxFault.Form)
    /// HTML with the HTTP status 200, as a gateway may send.
    case garbage
    /// The first half of a record's JSON, with the HTTP status 200.
    case cutoff
}

/// The progress of a cover.
package struct SandboxRecord: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        case pending, generating, succeeded, failed
    }

    package var phase: Phase
    package var imageCount = 0
    /// The time from the first query for the cover to its end; nil while the cover runs.
    package var completedAfter: Duration?

    package static let pending = SandboxRecord(phase: .pending)
    package static let generating = SandboxRecord(phase: .generating)

    package static func succeeded(after time: Duration, images: Int = 2) -> SandboxRecord {
        SandboxRecord(phase: .succeeded, imageCount: images, completedAfter: time)
    }

    package static func failed(after time: Duration) -> SandboxRecord {
        SandboxRecord(phase: .failed, completedAfter: time)
    }
}

/// An error of the API, with the codes that the API documents.
package struct SandboxFault: Error, Hashable, Sendable {
    /// The two forms in which the API reports errors.
    package enum Form: Hashable, Sendable {
        /// The code is only in the body, and the HTTP status is 200.
        case body
        /// The code is the HTTP status and is also in the body.
        case status
    }

    package let code: Int
    package let message: String

    package init(_ code: Int, _ message: String) {
        self.code = code
        self.message = message
    }

    package static let unauthorized = SandboxFault(401, "You do not have access permissions")
    package static let insufficientCredits = SandboxFault(402, "The current credits are insufficient")
    package static let missing = SandboxFault(422, "recordInfo is null")
    package static let rateLimited = SandboxFault(429, "The call frequency is too high")
    package static let maintenance = SandboxFault(455, "The service is under maintenance")
    package static let serverError = SandboxFault(500, "Server exception, please try again later")
    package static let disabled = SandboxFault(505, "This feature is disabled")
}
