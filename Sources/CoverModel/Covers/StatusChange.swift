package import Jansson

/// A task whose status has changed: `cover/statusChanged` of the protocol.
package struct StatusChange: Sendable {
    /// The number of the entry in the journal. The number rises by one from entry to entry, and the entries of
    /// ``WatchEnded`` use the same sequence. So a reader notices a gap.
    package var sequence: Int64
    package var taskId: TaskID
    /// The state in the previous change; nil for the first change of a watch.
    package var previous: CoverState?
    package var status: CoverStatus
    /// Whether the watch ends with this change.
    package var final: Bool

    package init(sequence: Int64, taskId: TaskID, previous: CoverState?, status: CoverStatus, final: Bool) {
        self.sequence = sequence
        self.taskId = taskId
        self.previous = previous
        self.status = status
        self.final = final
    }
}

extension StatusChange: JSONEncodable {
    package func encode(to writer: inout JSONWriter) { encode(to: &writer, status: status) }

    /// - Parameter status: the status of the change, which may be encoded already.
    package func encode(to writer: inout JSONWriter, status: some JSONEncodable) {
        writer.object {
            $0.member("sequence", sequence)
            $0.member("taskId", taskId)
            $0.member("previous", previous?.rawValue)
            $0.member("status", status)
            $0.member("final", final)
        }
    }

    /// Reads what ``encode(to:)`` wrote.
    package init?(json: JSONValue) {
        guard let sequence = json["sequence"]?.integer,
            let taskId = json["taskId"]?.string.map(TaskID.init(_:)),
            let status = json["status"].flatMap(CoverStatus.init(json:)),
            let final = json["final"]?.bool
        else { return nil }
        let previous = json["previous"]?.string.flatMap(CoverState.init(rawValue:))
        self.init(sequence: sequence, taskId: taskId, previous: previous, status: status, final: final)
    }
}
