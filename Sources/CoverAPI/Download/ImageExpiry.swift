import CoverModel

/// When the API deletes the images of a task. It is an estimate from the vendor's documentation.
struct ImageExpiry: Sendable {
    /// How long the API keeps images after the completion of a task, or after its creation if the completion is unknown: 14 days.
    static let retention: Duration = .seconds(14 * 86_400)

    /// How long after the completion of a task a host of images may not have its images yet.
    static let lateness: Duration = .seconds(300)

    let time: Timestamp?
    /// The time when the download began.
    let now: Timestamp
    /// Whether the task was completed so recently that the images may still come.
    let isNew: Bool
    var isPast: Bool { time.map { $0 < now } ?? false }

    init(of status: CoverStatus, now: Timestamp) {
        time = status.expiresAt
        self.now = now
        isNew = status.completedAt.map { now < $0.advanced(by: Self.lateness) } ?? false
    }
}

extension CoverError {
    /// The error for an answer of an image host with an error status.
    static func refusedImage(_ head: ExchangeHead, _ expiry: ImageExpiry) -> CoverError {
        var error = CoverError(.downloadFailed, words(head.status, expiry), httpStatus: head.status)
        let isLate = isLate(head.status, expiry)
        error.retryable = isLate || head.status >= 500 || head.status == 429 || head.status == 408
        if error.retryable {
            error.retryAfter = RetryAfter.seconds(head, now: expiry.now) ?? (isLate ? latePause : nil)
        }
        return error
    }

    /// The pause before a late image is asked for again, in seconds.
    private static let latePause = 5.0

    /// Whether the host may not have the image yet. Some hosts answer 403 for a file that they do not have.
    private static func isLate(_ status: Int, _ expiry: ImageExpiry) -> Bool {
        expiry.isNew && (status == 403 || status == 404)
    }

    private static func words(_ status: Int, _ expiry: ImageExpiry) -> String {
        // Some hosts answer 403 for a deleted file.
        guard let time = expiry.time, [403, 404, 410].contains(status) else {
            let what = status < 400 ? "sent no image" : "refused"
            return "The image host \(what) (HTTP \(status))."
        }
        guard !expiry.isPast else { return "The image is gone (HTTP \(status)): it was kept until about \(time)." }
        if isLate(status, expiry) {
            return "The image host does not send the image yet (HTTP \(status)): the task has only just ended."
        }
        let advice = status == 403 ? " Its URL may have expired: query the status again, which gives a new one." : ""
        return "The image host refused (HTTP \(status)), though the image is kept until about \(time).\(advice)"
    }

    /// - Parameters:
    ///   - start: the first bytes that came.
    ///   - packing: how they are packed, if they cannot be unpacked.
    static func noImage(_ start: [UInt8], packing: String?) -> CoverError {
        let name = ForeignContent.name(of: start, packing: packing)
        var error = CoverError(.downloadFailed, "What the image host sent is \(name), and no PNG, JPEG, WebP or GIF.")
        error.retryable = false
        return error
    }

    static func incomplete(_ type: MediaType) -> CoverError {
        CoverError(.downloadFailed, "The image is incomplete: it is \(type.rawValue) and ends before its end.")
    }
}
