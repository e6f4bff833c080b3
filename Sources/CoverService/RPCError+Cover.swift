package import CoverModel
import CoverWatch
import JSONRPC

extension RPCError {
    /// An error of the client in the form of `PROTOCOL.md §6`.
    package init(_ error: CoverError) {
        var details: [Detail] = []
        if let seconds = error.retryAfter { details.append(Detail("retryAfter", seconds)) }
        if let status = error.httpStatus { details.append(Detail("httpStatus", status)) }
        if let code = error.apiCode { details.append(Detail("apiCode", code)) }
        if let message = error.apiMessage { details.append(Detail("apiMessage", message)) }
        if let taskId = error.taskId { details.append(Detail("taskId", taskId)) }
        if let image = error.image { details.append(Detail("image", image)) }
        self.init(
            code: error.code,
            message: error.message,
            kind: error.kind.rawValue,
            retryable: error.retryable,
            details: details
        )
    }

    /// The error of a wait whose time limit is over. The last known status is in `data.last`.
    init(_ timeout: WaitTimeout) {
        self.init(timeout.coverError)
        details.append(Detail("last", timeout.last))
    }
}
