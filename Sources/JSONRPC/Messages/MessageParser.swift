package import Jansson

/// What one frame, or one member of a batch, turned out to be.
@safe enum Message {
    /// A call that wants an answer. The bytes of the id are those of the frame, and valid as long.
    case request(id: UnsafeRawBufferPointer, method: String, Parameters)
    case notification(method: String, Parameters)
    case cancellation(RequestID)
    /// A response, which nobody asked for here, or a cancellation without an id.
    case ignorable
    /// Something else, with the id to answer to where it had a usable one.
    case invalid(id: UnsafeRawBufferPointer?, RPCError)
}

/// What one frame holds.
enum Payload {
    case single(Message)
    case batch([Message])
}

/// Frames in, messages out: section 4 and 6 of the JSON-RPC specification.
enum MessageParser {
    static let maximumDepth = 64
    static let maximumBatch = 1000
    /// The notification of the Language Server Protocol that takes a request back.
    static let cancelMethod = "$/cancelRequest"

    static func parse(_ bytes: UnsafeRawBufferPointer) -> Payload {
        let outline = unsafe JSONOutline(bytes, member: "id", maximumElements: maximumBatch)
        guard outline.shape == .array else { return unsafe .single(parseMember(bytes, outline)) }
        if let failure = unsafe refusal(ofBatch: bytes, outline) { return unsafe .single(.invalid(id: nil, failure)) }

        var members: [Message] = []
        members.reserveCapacity(outline.elements.count)
        for range in outline.elements {
            let member = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            let memberOutline = unsafe JSONOutline(member, member: "id", maximumElements: 0)
            let message = unsafe parseMember(member, memberOutline)
            if case .invalid(_, let error) = message, error.code == -32700 { return .single(message) }
            members.append(message)
        }
        return .batch(members)
    }

    /// Why a batch is refused as a whole, if it is.
    private static func refusal(ofBatch bytes: UnsafeRawBufferPointer, _ outline: JSONOutline) -> RPCError? {
        if outline.depth > maximumDepth { return tooDeep }
        if outline.isClosed, 1...maximumBatch ~= outline.elementCount { return nil }
        do {
            _ = try unsafe JSONValue(parsingShallow: bytes, rejectingDuplicates: false, outsizedNumbers: .clamped)
        } catch {
            return .notJSON(error)
        }
        return outline.elementCount == 0
            ? .invalidRequest("a batch must have at least one request")
            : .invalidRequest("a batch has at most \(maximumBatch) members, this one has \(outline.elementCount)")
    }

    private static let tooDeep = RPCError.invalidRequest("arrays and objects are nested more than \(maximumDepth) deep")

    private static func parseMember(_ bytes: UnsafeRawBufferPointer, _ outline: JSONOutline) -> Message {
        let rawID = unsafe outline.member.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) }
        guard outline.depth <= maximumDepth else { return unsafe .invalid(id: scalarID(rawID), tooDeep) }
        do throws(JSONSyntaxError) {
            let object = try unsafe JSONValue(
                parsingShallow: bytes,
                rejectingDuplicates: true,
                outsizedNumbers: .clamped
            )
            return unsafe classify(object, rawID, bytes)
        } catch {
            guard error.reason == .duplicateName else { return unsafe .invalid(id: nil, .notJSON(error)) }
            // jansson stops at the second name: whether the rest is JSON at all must be seen before an id is believed.
            do throws(JSONSyntaxError) {
                _ = try unsafe JSONValue(parsingShallow: bytes, rejectingDuplicates: false, outsizedNumbers: .clamped)
            } catch {
                return unsafe .invalid(id: nil, .notJSON(error))
            }
            return unsafe .invalid(id: scalarID(rawID), .invalidRequest("the request has \(error)"))
        }
    }

    private static func classify(
        _ object: JSONValue,
        _ rawID: UnsafeRawBufferPointer?,
        _ bytes: UnsafeRawBufferPointer
    ) -> Message {
        guard object.kind == .object else {
            return unsafe .invalid(id: nil, .invalidRequest("a request is an object, this is \(object.kind.phrase)"))
        }
        let idKind = object["id"]?.kind
        if let idKind, [.bool, .array, .object].contains(idKind) {
            return unsafe .invalid(
                id: nil,
                .invalidRequest("an id is a string, a number or null, this is \(idKind.phrase)")
            )
        }
        guard let method = object["method"]?.string else {
            if object["method"] == nil, object["result"] != nil || object["error"] != nil { return .ignorable }
            return unsafe .invalid(id: rawID, .invalidRequest("the request has no \"method\" that is a string"))
        }
        guard object["jsonrpc"]?.string == "2.0" else {
            return unsafe .invalid(id: rawID, .invalidRequest("the request lacks \"jsonrpc\": \"2.0\""))
        }
        let parameters = object["params"].flatMap { $0.isNull ? nil : $0 }
        if let kind = parameters?.kind, kind != .object, kind != .array {
            return unsafe .invalid(
                id: rawID,
                .invalidRequest("\"params\" is an object or an array, this is \(kind.phrase)")
            )
        }
        if let rawID = unsafe rawID {
            return unsafe .request(id: rawID, method: method, Parameters(parameters))
        }
        if method == cancelMethod { return unsafe cancellation(bytes) }
        return unsafe .notification(method: method, Parameters(parameters))
    }

    private static func cancellation(_ bytes: UnsafeRawBufferPointer) -> Message {
        let outer = unsafe JSONOutline(bytes, member: "params", maximumElements: 0)
        guard let range = outer.member else { return .ignorable }
        let params = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
        let inner = unsafe JSONOutline(params, member: "id", maximumElements: 1)
        guard let range = inner.member ?? inner.elements.first else { return .ignorable }
        return unsafe .cancellation(RequestID(UnsafeRawBufferPointer(rebasing: params[range])))
    }

    /// The id of a message that was not parsed, where it is one at all.
    private static func scalarID(_ raw: UnsafeRawBufferPointer?) -> UnsafeRawBufferPointer? {
        guard let raw = unsafe raw,
            let value = unsafe try? JSONValue(parsing: raw, maximumDepth: 0),
            value.kind != .bool
        else { return nil }
        return unsafe raw
    }
}

extension RPCError {
    static func notJSON(_ error: JSONSyntaxError) -> RPCError {
        error.reason == .tooDeep
            ? .invalidRequest("the message has \(error)") : .parseError("the message is not JSON: \(error)")
    }
}

extension JSONValue.Kind {
    /// This kind in a sentence.
    package var phrase: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .integer, .real: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}
