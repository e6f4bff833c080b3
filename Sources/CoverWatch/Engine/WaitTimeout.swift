package import CoverModel

/// A wait that ran out. It says nothing of the task, which goes on.
package struct WaitTimeout: Error, Sendable {
    package var taskId: TaskID
    /// The last status that was seen; nil where none was.
    package var last: CoverStatus?

    /// This as an error of the protocol; `data.last` is ``last``.
    package var coverError: CoverError {
        CoverError(
            .waitTimeout,
            last == nil
                ? "There was no word of the task in time. If it was ordered, it goes on: wait again, or watch it."
                : "The task was not finished in time. It goes on: wait again, or watch it.",
            taskId: taskId
        )
    }
}
