import CoverModel
import CoverWatch

/// The covers that the user follows, and the known statuses of other covers.
struct FollowTable: Sendable {
    private var standings: [TaskID: Standing] = [:]
    /// The statuses of covers that the user has queried but does not follow.
    private var asked: [TaskID: CoverStatus] = [:]

    /// The state of a followed cover; nil for one that is not followed.
    func standing(of taskId: TaskID) -> Standing? { standings[taskId] }

    /// The last known status of a cover, whether or not the cover is followed.
    func status(of taskId: TaskID) -> CoverStatus? { standings[taskId]?.status ?? asked[taskId] }

    /// The ids of the followed covers, in the order of their bytes.
    var followed: [TaskID] { standings.keys.sorted() }

    /// Whether a diagnostic is due at the id of any cover.
    var hasReasons: Bool { standings.values.contains { $0.reason != nil } }

    /// Follows a cover whose watch is in this state.
    mutating func follow(_ watch: Watch) { follow(watch.taskId, last: watch.last, startedAt: watch.startedAt) }

    /// - Parameter last: the status of the watch's last change.
    mutating func follow(_ taskId: TaskID, last: CoverStatus?, startedAt: Timestamp) {
        asked[taskId] = nil
        standings[taskId] = .running(last, since: last?.checkedAt ?? startedAt)
    }

    mutating func unfollow(_ taskIds: [TaskID]) { for taskId in taskIds { standings[taskId] = nil } }

    /// Adds a cover that has ended, from an entry of the journal. If the cover is watched again, nothing is changed.
    mutating func restore(_ entry: JournalEntry) {
        guard entry.endsWatch, standings[entry.taskId]?.isRunning != true else { return }
        switch entry {
        case .changed(let change): standings[change.taskId] = .finished(change.status)
        case .ended(let end): standings[end.taskId] = .ended(end)
        }
    }

    /// Records a change of a followed cover.
    ///
    /// - Returns: whether the cover is followed and its watch was still open.
    mutating func note(_ change: StatusChange) -> Bool {
        guard case .running(let last, let since)? = standings[change.taskId] else { return false }
        if change.final {
            standings[change.taskId] = .finished(change.status)
        } else {
            let isSameState = last?.state == change.status.state
            standings[change.taskId] = .running(change.status, since: isSameState ? since : change.status.checkedAt)
        }
        return true
    }

    /// Records that the watch of a followed cover ended.
    ///
    /// - Returns: the same as ``note(_:)-change``.
    mutating func note(_ end: WatchEnded) -> Bool {
        guard standings[end.taskId]?.isRunning == true else { return false }
        standings[end.taskId] = .ended(end)
        return true
    }

    /// Records the status of a cover that the user queried. If the cover is followed, nothing is recorded, because its
    /// status comes from its watch.
    mutating func note(asked status: CoverStatus) {
        if standings[status.taskId] == nil { asked[status.taskId] = status }
    }

    /// The time until the next label changes; nil if no label changes with time.
    func labelChange(after now: Timestamp) -> Duration? {
        standings.values.compactMap { $0.labelChange(after: now) }.min()
    }
}
