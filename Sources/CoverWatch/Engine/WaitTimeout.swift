package import CoverModel

/// A wait that ran out. It says nothing about the task, which continues.
package struct WaitTimeout: Error, Sendable {
    package var taskId: TaskID
    /// The last known status; nil if there is none.
    package var last: CoverStatus?

    /// This error in the form of the protocol; `data.last` is ``last``.
    package var coverError: CoverError {
        CoverError(
            .waitTimeout,
            last == nil
                ? "No status of the task came in time. If it was ordered, it continues: wait again, or watch it."
                : "The task was not finished in time. It continues: wait again, or watch it.",
            taskId: taskId
        )
    }
}
