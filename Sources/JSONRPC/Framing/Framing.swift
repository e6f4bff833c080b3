/// How a byte stream is split into messages.
public enum Framing: String, Sendable, CaseIterable {
    /// One JSON text per line.
    case newlineDelimited = "ndjson"
    /// `Content-Length: N`, a blank line and N bytes, as in the base protocol of the Language Server Protocol.
    case contentLength = "content-length"
}

/// Why a frame did not become a message.
public enum FrameFault: Error, Sendable, Hashable {
    /// The message is larger than the session accepts. The bytes of the message were skipped.
    case messageTooLarge(limit: Int)
    /// The header block is larger than the session accepts. The block and its message were skipped.
    case headerTooLarge(limit: Int)
    /// The header block is malformed, and its message was skipped. The value is a phrase that says what is wrong.
    case malformedHeader(String)
    /// The input ended inside a message or its headers.
    case truncated
}

/// A result of the framer: the bytes of one message, valid only during the call, or a fault.
@safe package enum Frame {
    case message(UnsafeRawBufferPointer)
    case fault(FrameFault)
}
