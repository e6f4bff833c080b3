import CoverModel
import Jansson

/// Reads the answer to a query about one task.
struct CoverAnswer {
    let taskId: TaskID
    /// When the answer arrived.
    let checkedAt: Timestamp

    /// - Throws: the error of a failed query. A failed task is a status, and no error.
    func status(_ outcome: ResponseReader.Outcome, _ head: ExchangeHead) throws(CoverError) -> CoverStatus {
        do throws(CoverError) { return try read(outcome) } catch { throw error.about(taskId).with(head) }
    }

    private func read(_ outcome: ResponseReader.Outcome) throws(CoverError) -> CoverStatus {
        switch outcome {
        case .error(let error, _):
            throw error
        case .failedTask(let failure, let data, let isOwnCode):
            // If the data is no record, it is ignored.
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
            // A script may order a new cover after a failure. So the HTTP status alone makes no task fail whose record
            // says that it has not failed.
            if !isOwnCode, let state = reader.livingState {
                throw CoverError(
                    .serverError,
                    "The HTTP status says that the task failed, and its record says \(state.rawValue)."
                )
            }
            return reader.status(failedWith: failure)
        case .data(let data):
            // The API sends no data or an empty record for an unknown task. It sends the same for a task that is not
            // visible yet.
            guard let data, !data.unwrapped.isEmptyRecord else {
                throw CoverError(
                    .taskNotFound,
                    "The API has no record of this task, or none yet.",
                    apiCode: 200
                )
            }
            var reader = try RecordReader(data: data, taskId: taskId, checkedAt: checkedAt)
            guard reader.isOfTask else {
                throw CoverError(.malformedResponse, "The data in the API's answer is no record of a task.")
            }
            return reader.status()
        }
    }
}
