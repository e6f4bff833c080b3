import Jansson

/// Reads the answer to a query for one task.
struct CoverAnswer {
    let taskId: String
    let envelope: Envelope

    /// - Throws: what kept the query from working; a task that failed is no error but a status.
    func status(_ response: ExchangeResponse) throws(CoverError) -> CoverStatus {
        switch envelope.read(response) {
        case .error(var error, _):
            error.taskId = taskId
            throw error
        case .failedTask(let failure, let data):
            guard let data else {
                return CoverStatus(
                    taskId: taskId,
                    state: .failed,
                    final: true,
                    failure: failure,
                    checkedAt: envelope.now
                )
            }
            var reader = try reader(data, response)
            return reader.status(failedWith: failure)
        case .data(let data):
            // Too fresh to be visible looks just like never heard of.
            guard let data else {
                throw CoverError(
                    .taskNotFound,
                    "The API has no record of this task, or none yet.",
                    httpStatus: response.head.status,
                    apiCode: 200,
                    taskId: taskId
                )
            }
            var reader = try reader(data, response)
            return reader.status()
        }
    }

    private func reader(_ data: JSONValue, _ response: ExchangeResponse) throws(CoverError) -> RecordReader {
        do throws(CoverError) {
            return try RecordReader(data: data, taskId: taskId, checkedAt: envelope.now)
        } catch {
            var error = error
            error.httpStatus = response.head.status
            throw error
        }
    }
}
