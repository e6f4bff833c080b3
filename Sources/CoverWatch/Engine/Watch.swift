package import CoverModel
package import Jansson

/// The current state of a watch: `Watch` of the protocol.
package struct Watch: Sendable {
    package var taskId: TaskID
    /// The status of the last change that was emitted for this watch; nil until there is one.
    package var last: CoverStatus?
    /// The interval between two polls, in seconds.
    package var interval: Double
    package var startedAt: Timestamp
    /// How often the current process has queried the task.
    package var checks: Int
    package var lastCheckedAt: Timestamp?
    /// When the next query is due; nil while one is under way.
    package var nextCheckAt: Timestamp?
    package var deadline: Timestamp?

    /// The state of the last change.
    package var state: CoverState? { last?.state }
}

extension Watch: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", taskId)
            $0.member("state", state?.rawValue)
            $0.member("interval", interval)
            $0.member("startedAt", startedAt)
            $0.member("checks", checks)
            $0.member("lastCheckedAt", lastCheckedAt)
            $0.member("nextCheckAt", nextCheckAt)
            $0.member("deadline", deadline)
            $0.member("last", last)
        }
    }
}
