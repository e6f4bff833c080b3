package import Jansson

/// The meaning of one frame, or of one member of a batch.
@safe enum Message {
    /// A call that expects an answer. The bytes of the id belong to the frame and are valid as long as it is.
    case request(id: UnsafeRawBufferPointer, method: String, Parameters)
    case notification(method: String, Parameters)
    case cancellation(RequestID)
    /// A response to a request of this side. Its id may still be unknown.
    case answer(id: Int64, Answer)
    /// A message that has an id but no method, result or error. If a request of this side has the id, the message is a
    /// response without its `result`, because some languages leave out members that are null. Otherwise the message is
    /// a request without its method.
    case idAlone(UnsafeRawBufferPointer, asNumber: Int64, RPCError)
    /// A message that is ignored: a response with an id that no request of this side has, or a cancellation without an
    /// id.
    case ignorable
    /// An invalid message, with its id if the id is usable.
    case invalid(id: UnsafeRawBufferPointer?, RPCError)
}

/// The content of one frame.
enum Payload {
    case single(Message)
    case batch([Message])
}

/// Parses frames into messages (JSON-RPC 2.0 §4 and §6).
enum MessageParser {
    static let maximumDepth = 64
    static let maximumBatch = 1000

    /// - Parameter willRepair: whether the caller repairs the text of a message that is no JSON. Then a message that is
    ///   JSON apart from its text is a parse error. Otherwise it is an invalid request, whose id is answered.
    static func parse(
        _ bytes: UnsafeRawBufferPointer,
        _ cancellation: Cancellation = .languageServer,
        willRepair: Bool = false
    ) -> Payload {
        let scan = unsafe JSONScan(bytes, member: "id", maximumElements: maximumBatch)
        guard scan.shape == .array else { return unsafe .single(parseMember(bytes, scan, cancellation, willRepair)) }
        if let failure = unsafe refusal(ofBatch: bytes, scan) { return unsafe .single(.invalid(id: nil, failure)) }

        var members: [Message] = []
        members.reserveCapacity(scan.elements.count)
        for range in scan.elements {
            let member = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            let memberScan = unsafe JSONScan(member, member: "id", maximumElements: 0)
            let message = unsafe parseMember(member, memberScan, cancellation, willRepair)
            if case .invalid(_, let error) = message, error.code == -32700 { return .single(message) }
            members.append(message)
        }
        return .batch(members)
    }

    /// Why the whole batch is refused; nil if it is accepted.
    private static func refusal(ofBatch bytes: UnsafeRawBufferPointer, _ scan: JSONScan) -> RPCError? {
        if scan.depth > maximumDepth { return tooDeep }
        if scan.isClosed, 1...maximumBatch ~= scan.elementCount { return nil }
        do {
            _ = try unsafe JSONValue(parsingShallow: bytes, rejectingDuplicates: false, outsizedNumbers: .clamped)
        } catch {
            return .notJSON(error)
        }
        return scan.elementCount == 0
            ? .invalidRequest("a batch must have at least one request")
            : .invalidRequest("a batch has at most \(maximumBatch) members, this one has \(scan.elementCount)")
    }

    private static let tooDeep = RPCError.invalidRequest("arrays and objects are nested more than \(maximumDepth) deep")

    private static func parseMember(
        _ bytes: UnsafeRawBufferPointer,
        _ scan: JSONScan,
        _ cancellation: Cancellation,
        _ willRepair: Bool
    ) -> Message {
        let rawID = unsafe scan.member.map { unsafe UnsafeRawBufferPointer(rebasing: bytes[$0]) }
        guard scan.depth <= maximumDepth else { return unsafe unread(bytes, rawID, tooDeep) }
        do throws(JSONSyntaxError) {
            let text = try unsafe ParsedText(bytes, rejectingDuplicates: false, outsizedNumbers: .clamped)
            // The counts show whether a name occurs twice. To find the duplicate, jansson would look up each name
            // again, which takes longer.
            let names = scan.depth > 1 ? text.view.nameCount : text.view.memberCount
            guard names == scan.nameCount else {
                return unsafe unread(bytes, rawID, .invalidRequest(duplicateName(in: bytes)))
            }
            return unsafe classify(text, rawID, bytes, cancellation)
        } catch {
            // A peer that waits for the answer knows it by its id. In a text that is no JSON at all, the id may be wrong.
            guard !willRepair, scan.shape == .object, let deviation = unsafe error.deviation(in: Array(bytes)) else {
                return unsafe .invalid(id: nil, .notJSON(error))
            }
            return unsafe unread(bytes, rawID, .invalidRequest("the request has \(deviation)"))
        }
    }

    /// The error message for a name that occurs twice in one object.
    private static func duplicateName(in bytes: UnsafeRawBufferPointer) -> String {
        do throws(JSONSyntaxError) {
            _ = try unsafe JSONValue(parsingShallow: bytes, rejectingDuplicates: true, outsizedNumbers: .clamped)
            return "the request has a member's name twice in one object"
        } catch {
            return "the request has \(error)"
        }
    }

    private static func classify(
        _ text: consuming ParsedText,
        _ rawID: UnsafeRawBufferPointer?,
        _ bytes: UnsafeRawBufferPointer,
        _ cancellation: Cancellation
    ) -> Message {
        let kind = text.view.kind
        guard kind == .object else {
            return unsafe .invalid(id: nil, .invalidRequest("a request is an object, this is \(kind.phrase)"))
        }
        let members = MessageMembers(text.view)
        if let kind = members.id?.kind, !kind.mayBeID {
            return unsafe .invalid(
                id: nil,
                .invalidRequest("an id is a string, a number or null, this is \(kind.phrase)")
            )
        }
        guard let method = members.method?.string else {
            if members.method == nil, members.isResponse {
                return unsafe answer(rawID, text, result: members.result, error: members.error)
            }
            let fault = RPCError.invalidRequest("the request has no \"method\" that is a string")
            if members.method == nil, let rawID = unsafe rawID, let number = unsafe outgoingID(rawID) {
                return unsafe .idAlone(rawID, asNumber: number, fault)
            }
            return unsafe .invalid(id: rawID, fault)
        }
        guard let version = members.version, version.equals("2.0") else {
            return unsafe .invalid(id: rawID, .invalidRequest("the request lacks \"jsonrpc\": \"2.0\""))
        }
        var parameters: JSONValue?
        if let params = members.params, params.kind != .null {
            guard params.kind == .object || params.kind == .array else {
                return unsafe .invalid(
                    id: rawID,
                    .invalidRequest("\"params\" is an object or an array, this is \(params.kind.phrase)")
                )
            }
            parameters = text.keep(params)
        }
        if let rawID = unsafe rawID {
            let token = unsafe progressToken(of: bytes, parameters, in: cancellation.holderOfProgressToken)
            return unsafe .request(id: rawID, method: method, Parameters(parameters, progressToken: token))
        }
        if method == cancellation.method { return unsafe cancelled(bytes, cancellation) }
        return unsafe .notification(method: method, Parameters(parameters))
    }

    private static func cancelled(_ bytes: UnsafeRawBufferPointer, _ cancellation: Cancellation) -> Message {
        guard let params = unsafe member("params", of: bytes) else { return .ignorable }
        let inner = unsafe JSONScan(params, member: cancellation.member, maximumElements: 1)
        guard let range = inner.member ?? inner.elements.first else { return .ignorable }
        return unsafe .cancellation(RequestID(UnsafeRawBufferPointer(rebasing: params[range])))
    }

    private static func progressToken(
        of bytes: UnsafeRawBufferPointer,
        _ parameters: JSONValue?,
        in holder: StaticString?
    ) -> [UInt8]? {
        let value = holder.map { parameters?[$0.description] } ?? parameters
        guard let kind = value?["progressToken"]?.kind, kind != .null, kind.mayBeID,
            var object = unsafe member("params", of: bytes)
        else { return nil }
        if let holder {
            guard let inner = unsafe member(holder, of: object) else { return nil }
            unsafe object = unsafe inner
        }
        return unsafe member("progressToken", of: object).map { unsafe Array($0) }
    }

    /// The exact bytes of a member of an object.
    private static func member(_ name: StaticString, of object: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let range = unsafe JSONScan(object, member: name, maximumElements: 0).member
        return unsafe range.map { unsafe UnsafeRawBufferPointer(rebasing: object[$0]) }
    }
}

/// The members of a message that the parser needs. They are found in one pass.
private struct MessageMembers {
    var version: ParsedText.JSONView?
    var id: ParsedText.JSONView?
    var method: ParsedText.JSONView?
    var params: ParsedText.JSONView?
    var result: ParsedText.JSONView?
    var error: ParsedText.JSONView?

    var isResponse: Bool { result != nil || error != nil }

    init(_ object: ParsedText.JSONView) {
        unsafe object.forEachMember { name, value in
            if unsafe name.equals("jsonrpc") {
                version = value
            } else if unsafe name.equals("id") {
                id = value
            } else if unsafe name.equals("method") {
                method = value
            } else if unsafe name.equals("params") {
                params = value
            } else if unsafe name.equals("result") {
                result = value
            } else if unsafe name.equals("error") {
                error = value
            }
        }
    }
}

extension RPCError {
    static func notJSON(_ error: JSONSyntaxError) -> RPCError {
        switch error.reason {
        case .tooDeep: .invalidRequest("the message has \(error)")
        // JSON with line breaks arrives as several messages, of which the first ends too early. With headers, the
        // length may have been counted in characters.
        case .truncated:
            .parseError(
                "the message is not JSON: \(error); a message without headers must be on one line, and Content-Length "
                    + "counts bytes"
            )
        default: .parseError("the message is not JSON: \(error)")
        }
    }
}

extension JSONValue.Kind {
    fileprivate var mayBeID: Bool {
        switch self {
        case .string, .integer, .real, .null: true
        case .object, .array, .bool: false
        }
    }

    /// This kind in a sentence, as in `an object`.
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
