package import CoverModel

/// The time of a wait is over. This error says nothing about the task, which continues.
package struct WaitTimeout: Error, Sendable {
    package var taskId: TaskID
    /// The last known status; nil if there is none.
    package var last: CoverStatus?
    /// Why the last query brought no status; nil if it brought one.
    package var fault: CoverError?

    /// This error in the form of the protocol; `data.last` is ``last``.
    package var coverError: CoverError {
        let outcome =
            switch last?.state {
            case nil: "No status of the task came in time. If it was ordered, it continues: wait again, or watch it."
            case .succeeded: "The task succeeded, but its images were not there in time: wait again, or watch it."
            default: "The task was not finished in time. It continues: wait again, or watch it."
            }
        return CoverError(
            .waitTimeout,
            outcome + (fault.map { " The last query failed: \($0.message)" } ?? ""),
            httpStatus: fault?.httpStatus,
            apiCode: fault?.apiCode,
            apiMessage: fault?.apiMessage,
            taskId: taskId
        )
    }
}
