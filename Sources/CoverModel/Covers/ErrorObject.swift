package import Jansson

/// A ``CoverError`` as JSON, on the wire and in the journal (`PROTOCOL.md §6`).
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

    /// Reads what ``encode(to:)`` wrote; nil if a required part is missing.
    package init?(json: JSONValue) {
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
        // An older version may have used another number for this kind.
        if let code = json["code"]?.integer { error.code = Int(code) }
        if let retryable = data["retryable"]?.bool { error.retryable = retryable }
    }
}
