import CoverModel

/// How a status compares with the one that was read before it.
enum StatusComparison {
    /// The difference is worth an event: another state, new images, or another failure.
    case changed
    case unchanged
    /// The status is older than the previous one, for example from a replica that lags.
    case stale

    init(_ status: CoverStatus, after last: CoverStatus?) {
        guard let last else {
            self = .changed
            return
        }
        if status.state == last.state {
            let lost = status.images.count < last.images.count
            let differs = !status.hasSameImages(as: last) || status.failure != last.failure
            self = lost ? .stale : differs ? .changed : .unchanged
        } else {
            self = status.state == .pending && last.state == .generating ? .stale : .changed
        }
    }
}

extension CoverStatus {
    /// Whether two statuses of one task differ at most in ``checkedAt``. Neither of them contains the API's own record.
    func saysTheSame(as other: CoverStatus) -> Bool {
        state == other.state && final == other.final && hasSameImages(as: other) && createdAt == other.createdAt
            && completedAt == other.completedAt && expiresAt == other.expiresAt && failure == other.failure
            && warnings == other.warnings && Self.areSame(parentTaskId, other.parentTaskId)
            && Self.areSame(callbackUrl, other.callbackUrl)
    }

    fileprivate func hasSameImages(as other: CoverStatus) -> Bool {
        images.elementsEqual(other.images, by: Self.areSame)
    }

    /// Compares texts by bytes, because `String` treats some different URLs as equal.
    private static func areSame(_ text: String?, _ other: String?) -> Bool {
        guard let text, let other else { return text == nil && other == nil }
        return text.utf8.elementsEqual(other.utf8)
    }

    /// The status with the requested id, and without the API's own record, because the record is large.
    func withoutRecord(as taskId: TaskID) -> CoverStatus {
        var status = self
        status.taskId = taskId
        status.record = nil
        return status
    }

    /// The status in the form that is stored and emitted: without the record, and final with a warning if a success has
    /// no images.
    func kept(as taskId: TaskID) -> CoverStatus {
        var status = withoutRecord(as: taskId)
        guard state == .succeeded, images.isEmpty, !final else { return status }
        // The success was polled often enough, and no more images are expected.
        status.final = true
        status.warnings.removeAll { $0.kind == "noImages" }
        status.warnings.append(
            Warning(kind: "noImages", message: "The task succeeded without images; several polls found none.")
        )
        return status
    }
}
