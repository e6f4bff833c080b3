import CoverModel

extension CoverError {
    /// The same error with the task that it is about. The task is added only once, where it is first known.
    func about(_ taskId: TaskID) -> CoverError {
        var error = self
        error.taskId = taskId
        return error
    }

    /// The same error with the HTTP status of its answer, if it has none yet.
    func with(_ head: ExchangeHead) -> CoverError {
        var error = self
        error.httpStatus = httpStatus ?? head.status
        return error
    }
}
