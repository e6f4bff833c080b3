public import Jansson

/// The shape of `CoverStatus` (`PROTOCOL.md §6`), on the wire and in the journal.
extension CoverStatus: JSONEncodable {
    /// Writes the `CoverStatus` object.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskId", taskId)
            $0.member("parentTaskId", parentTaskId)
            $0.member("state", state.rawValue)
            $0.member("final", final)
            $0.member("images", images)
            $0.member("createdAt", createdAt)
            $0.member("completedAt", completedAt)
            $0.member("expiresAt", expiresAt)
            $0.member("failure", failure)
            $0.member("callbackUrl", callbackUrl)
            $0.member("warnings", warnings)
            $0.member("checkedAt", checkedAt)
            if let record { $0.member("record", record) }
        }
    }

    /// Reads what ``encode(to:)`` wrote. Returns nil if a required member is missing.
    package init?(json: JSONValue) {
        guard let taskId = json["taskId"]?.string.map(TaskID.init(_:)),
            let state = json["state"]?.string.flatMap(CoverState.init(rawValue:)),
            let final = json["final"]?.bool,
            let checkedAt = json["checkedAt"]?.string.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(
            taskId: taskId,
            parentTaskId: json["parentTaskId"]?.string,
            state: state,
            final: final,
            images: json["images"]?.elements?.compactMap(\.string) ?? [],
            createdAt: json["createdAt"]?.string.flatMap(Timestamp.init(rfc3339:)),
            completedAt: json["completedAt"]?.string.flatMap(Timestamp.init(rfc3339:)),
            expiresAt: json["expiresAt"]?.string.flatMap(Timestamp.init(rfc3339:)),
            failure: json["failure"].flatMap(Failure.init(json:)),
            callbackUrl: json["callbackUrl"]?.string,
            warnings: json["warnings"]?.elements?.compactMap(Warning.init(json:)) ?? [],
            checkedAt: checkedAt,
            record: json["record"]
        )
    }
}

extension CoverStatus.Failure: JSONEncodable {
    /// Writes the `failure` object: `code` and `message`.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("code", code)
            $0.member("message", message)
        }
    }

    init?(json: JSONValue) {
        guard let message = json["message"]?.string else { return nil }
        self.init(code: json["code"]?.integer.map(Int.init), message: message)
    }
}

extension CoverStatus.Warning: JSONEncodable {
    /// Writes a warning: `kind` and `message`.
    public func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("kind", kind)
            $0.member("message", message)
        }
    }

    init?(json: JSONValue) {
        guard let kind = json["kind"]?.string, let message = json["message"]?.string else { return nil }
        self.init(kind: kind, message: message)
    }
}
