import CoverModel
import Jansson

/// Reads the answer to a query for one task.
struct CoverAnswer {
    let taskId: TaskID
    /// When the answer came.
    let checkedAt: Timestamp

    /// - Throws: what kept the query from working; a task that failed is no error but a status.
    func status(_ outcome: ResponseReader.Outcome, _ head: ExchangeHead) throws(CoverError) -> CoverStatus {
        do throws(CoverError) { return try read(outcome) } catch { throw error.about(taskId).with(head) }
    }

    private func read(_ outcome: ResponseReader.Outcome) throws(CoverError) -> CoverStatus {
        switch outcome {
        case .error(let error, _):
            throw error
        case .failedTask(let failure, let data):
            // What is no record adds nothing, and takes nothing away.
            guard let data, data.unwrapped.kind == .object else {
                return CoverStatus(
                    taskId: taskId,
                    state: .failed,
                    final: true,
                    failure: failure,
                    checkedAt: checkedAt
                )
            }
            var reader = try RecordReader(data: data, taskId: taskId, checkedAt: checkedAt)
            return reader.status(failedWith: failure)
        case .data(let data):
            // Too fresh to be visible looks just like never heard of; so does a record with nothing in it.
            guard let data, !data.unwrapped.isEmptyRecord else {
                throw CoverError(
                    .taskNotFound,
                    "The API has no record of this task, or none yet.",
                    apiCode: 200
                )
            }
            var reader = try RecordReader(data: data, taskId: taskId, checkedAt: checkedAt)
            return reader.status()
        }
    }
}
