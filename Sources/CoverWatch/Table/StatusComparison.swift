import CoverModel

/// What one status is to another that was read before it.
enum StatusComparison {
    /// Users want to hear of it: another state, images that were not there, another failure.
    case changed
    case unchanged
    /// It lies behind, as an answer from a replica that lags.
    case stale

    init(_ status: CoverStatus, after last: CoverStatus?) {
        guard let last else {
            self = .changed
            return
        }
        if status.state == last.state {
            let lost = status.images.count < last.images.count
            // By their bytes: `String` holds some addresses for the same that are not.
            let isSame = status.images.elementsEqual(last.images) { $0.utf8.elementsEqual($1.utf8) }
            let differs = !isSame || status.failure != last.failure
            self = lost ? .stale : differs ? .changed : .unchanged
        } else {
            self = status.state == .pending && last.state == .generating ? .stale : .changed
        }
    }
}

extension CoverStatus {
    /// This status as it is kept and sent: under the id that was asked for, without the API's own record, which is large, and
    /// with a warning where a success has no images.
    func kept(as taskId: TaskID) -> CoverStatus {
        var status = self
        status.taskId = taskId
        status.record = nil
        guard state == .succeeded, images.isEmpty, !final else { return status }
        // Looked at often enough: nothing more will come.
        status.final = true
        status.warnings.removeAll { $0.kind == "noImages" }
        status.warnings.append(
            Warning(kind: "noImages", message: "The task succeeded without images; several looks found none.")
        )
        return status
    }
}
