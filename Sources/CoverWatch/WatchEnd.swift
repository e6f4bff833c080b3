package import CoverAPI
package import Jansson

/// A watch that is over without a final status: `cover/watchEnded` of the protocol.
package struct WatchEnd: Sendable {
    /// See ``StatusChange/sequence``.
    package var sequence: Int64
    package var taskId: TaskID
    /// `timeout`, or the kind of the error.
    package var reason: String
    package var error: CoverError?

    package init(sequence: Int64, taskId: TaskID, reason: String, error: CoverError?) {
        self.sequence = sequence
        self.taskId = taskId
        self.reason = reason
        self.error = error
    }
}

extension WatchEnd: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("sequence", sequence)
            $0.member("taskId", taskId)
            $0.member("reason", reason)
            $0.member("error", error.map(ErrorObject.init))
        }
    }

    /// Reads what ``encode(to:)`` wrote.
    package init?(json: JSONValue) {
        guard let sequence = json["sequence"]?.integer,
            let taskId = json["taskId"]?.string.map(TaskID.init(_:)),
            let reason = json["reason"]?.string
        else { return nil }
        let error = json["error"].flatMap(ErrorObject.init(json:))?.error
        self.init(sequence: sequence, taskId: taskId, reason: reason, error: error)
    }
}

/// A `CoverError` in the form of a JSON-RPC error object, section 6 of the protocol.
package struct ErrorObject: JSONEncodable, Sendable {
    package var error: CoverError

    package init(_ error: CoverError) { self.error = error }

    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("code", error.code)
            $0.member("message", error.message)
            $0.member("data") { $0.object(members) }
        }
    }

    private func members(_ data: inout JSONWriter) {
        data.member("kind", error.kind.rawValue)
        data.member("retryable", error.retryable)
        if let seconds = error.retryAfter { data.member("retryAfter", seconds) }
        if let status = error.httpStatus { data.member("httpStatus", status) }
        if let code = error.apiCode { data.member("apiCode", code) }
        if let message = error.apiMessage { data.member("apiMessage", message) }
        if let taskId = error.taskId { data.member("taskId", taskId) }
    }

    init?(json: JSONValue) {
        guard let message = json["message"]?.string, let data = json["data"],
            let kind = data["kind"]?.string
        else { return nil }
        error = CoverError(
            CoverError.Kind(rawValue: kind),
            message,
            retryAfter: data["retryAfter"]?.number,
            httpStatus: data["httpStatus"]?.integer.map(Int.init),
            apiCode: data["apiCode"]?.integer.map(Int.init),
            apiMessage: data["apiMessage"]?.string,
            taskId: data["taskId"]?.string.map(TaskID.init(_:))
        )
        // An older version may have known the kind by another number.
        if let code = json["code"]?.integer { error.code = Int(code) }
        if let retryable = data["retryable"]?.bool { error.retryable = retryable }
    }
}
