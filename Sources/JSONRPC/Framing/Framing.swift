/// How messages are told apart on a byte stream.
public enum Framing: String, Sendable, CaseIterable {
    /// One JSON text a line.
    case newlineDelimited = "ndjson"
    /// `Content-Length: N`, a blank line and N bytes, as in the Language Server Protocol's base protocol.
    case contentLength = "content-length"
}

/// What is wrong with a frame that never became a message.
public enum FrameFault: Error, Sendable, Hashable {
    /// The message has more bytes than the session takes. Its bytes were skipped.
    case messageTooLarge(limit: Int)
    /// The header block has more bytes than a session takes. It and its message were skipped.
    case headerTooLarge(limit: Int)
    /// The header block cannot be understood: the reason, in a phrase. Its message was skipped.
    case malformedHeader(String)
}

/// What the framer found: the bytes of one message, valid during the call alone, or a fault.
@safe package enum Frame {
    case message(UnsafeRawBufferPointer)
    case fault(FrameFault)
}
