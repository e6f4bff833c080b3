import CoverModel

extension CoverError {
    /// The same error with the task that it is about. Applied once to each error, where the task is known first.
    func about(_ taskId: TaskID) -> CoverError {
        var error = self
        error.taskId = taskId
        return error
    }

    /// The same error with the status of the answer that it came with, where it has none yet.
    func with(_ head: ExchangeHead) -> CoverError {
        var error = self
        error.httpStatus = httpStatus ?? head.status
        return error
    }
}
