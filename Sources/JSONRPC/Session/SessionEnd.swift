/// Why a session ended.
public enum SessionEnd: Sendable, Hashable {
    /// The input ended, and all that had been read was answered.
    case endOfInput
    /// The input cannot be read, as a folder cannot; all that had been read was answered.
    case inputFailed(TransportError)
    /// The peer sent `exit`, after `shutdown` or not.
    case exit(afterShutdown: Bool)
    /// ``Session/stop()`` was called.
    case stopped
    /// Nobody reads what the session writes.
    case outputClosed
    /// The output cannot be written, as on a full disk: what was not yet sent is lost.
    case outputFailed(TransportError)
    /// The peer read nothing for ``Session/Configuration/stallLimit`` while the queue was full.
    case peerStalled
}
