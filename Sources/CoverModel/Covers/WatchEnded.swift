package import Jansson

/// A watch that ended without a final status: `cover/watchEnded` of the protocol.
package struct WatchEnded: Sendable {
    /// See ``StatusChange/sequence``.
    package var sequence: Int64
    package var taskId: TaskID
    /// ``timeout``, or the kind of the error.
    package var reason: String
    /// The error that ended the watch. After a timeout, it is the error of the last query, or nil if that query brought
    /// a status.
    package var error: CoverError?

    /// The reason of a watch whose time was over.
    package static let timeout = "timeout"

    /// Whether the time of the watch was over. Then the task continues.
    package var isTimeout: Bool { reason == Self.timeout }

    package init(sequence: Int64, taskId: TaskID, reason: String, error: CoverError?) {
        self.sequence = sequence
        self.taskId = taskId
        self.reason = reason
        self.error = error
    }
}

extension WatchEnded {
    /// Why the watch ended, in a sentence or more.
    package var explanation: String {
        guard isTimeout else { return error?.message ?? reason }
        return "The time was up; the task continues." + (error.map { " The last query failed: \($0.message)" } ?? "")
    }
}

extension WatchEnded: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("sequence", sequence)
            $0.member("taskId", taskId)
            $0.member("reason", reason)
            $0.member("error", error.map(ErrorObject.init))
        }
    }

    /// Reads what ``encode(to:)`` wrote.
    package init?(json: JSONValue) {
        guard let sequence = json["sequence"]?.integer,
            let taskId = json["taskId"]?.string.map(TaskID.init(_:)),
            let reason = json["reason"]?.string
        else { return nil }
        let error = json["error"].flatMap(ErrorObject.init(json:))?.error
        self.init(sequence: sequence, taskId: taskId, reason: reason, error: error)
    }
}
