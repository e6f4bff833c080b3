/// Why a session ended.
public enum SessionEnd: Sendable, Hashable {
    /// The input ended, and everything read was answered.
    case endOfInput
    /// The input cannot be read, for example because it is a folder. Everything read was answered.
    case inputFailed(TransportError)
    /// The peer sent `exit`, with or without `shutdown` before it.
    case exit(afterShutdown: Bool)
    /// ``Session/stop()`` was called.
    case stopped
    /// The peer no longer reads what the session writes.
    case outputClosed
    /// The output cannot be written, for example on a full disk. What was not yet sent is lost.
    case outputFailed(TransportError)
    /// The peer read nothing for ``Session/Configuration/stallLimit`` while the queue was full.
    case peerStalled
}
