internal import Jansson

/// The peer's answer to a request of this side.
enum Answer {
    case result(JSONValue)
    case refusal(PeerError)
    /// The message has the members of an answer, but their values are neither a result nor an error.
    case malformed
}

/// Reads the answers of the peer (JSON-RPC 2.0 §5). The parser accepts small deviations, because a request waits for each answer.
extension MessageParser {
    /// - Parameters:
    ///   - result: the member `result`; nil if there is none.
    ///   - error: the member `error`; nil if there is none. Some peers send both members, one of them null.
    static func answer(
        _ rawID: UnsafeRawBufferPointer?,
        _ text: consuming ParsedText,
        result: ParsedText.JSONView?,
        error: ParsedText.JSONView?
    ) -> Message {
        guard let id = unsafe outgoingID(rawID) else { return .ignorable }
        if let error, error.kind != .null {
            guard let error = PeerError(text.keep(error)) else { return .answer(id: id, .malformed) }
            return .answer(id: id, .refusal(error))
        }
        guard let result else { return .answer(id: id, .malformed) }
        return .answer(id: id, .result(text.keep(result)))
    }

    /// Handles a message that cannot be parsed. If the message is a request, the request is refused. If the message is
    /// an answer, nothing is sent back.
    static func unread(_ bytes: UnsafeRawBufferPointer, _ rawID: UnsafeRawBufferPointer?, _ error: RPCError) -> Message
    {
        func has(_ name: StaticString) -> Bool {
            unsafe JSONScan(bytes, member: name, maximumElements: 0).hasMember
        }
        guard !has("method"), has("result") || has("error") else { return unsafe .invalid(id: scalarID(rawID), error) }
        return unsafe outgoingID(rawID).map { .answer(id: $0, .malformed) } ?? .ignorable
    }

    /// The id as an integer; nil if this side cannot have sent a request with this id.
    static func outgoingID(_ raw: UnsafeRawBufferPointer?) -> Int64? {
        unsafe raw.flatMap { unsafe Int64(String(decoding: $0, as: UTF8.self)) }
    }

    /// The id of a message that was not parsed; nil if it is no valid id.
    private static func scalarID(_ raw: UnsafeRawBufferPointer?) -> UnsafeRawBufferPointer? {
        guard let raw = unsafe raw,
            let value = unsafe try? JSONValue(parsing: raw, maximumDepth: 0),
            value.kind != .bool
        else { return nil }
        return unsafe raw
    }
}
