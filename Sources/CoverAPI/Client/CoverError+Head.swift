import CoverModel

extension CoverError {
    /// The same error with the HTTP status of its answer, if it has none yet.
    func with(_ head: ExchangeHead) -> CoverError {
        var error = self
        error.httpStatus = httpStatus ?? head.status
        return error
    }
}
