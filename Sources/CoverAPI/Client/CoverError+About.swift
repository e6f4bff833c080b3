import CoverModel

extension CoverError {
    /// The same error with the task that it is about, and the status of the answer where it has none yet.
    func about(_ taskId: TaskID, _ head: ExchangeHead? = nil) -> CoverError {
        var error = self
        error.taskId = taskId
        error.httpStatus = httpStatus ?? head?.status
        return error
    }
}
