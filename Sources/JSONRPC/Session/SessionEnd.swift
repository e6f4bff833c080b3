/// Why a session ended.
public enum SessionEnd: Sendable, Hashable {
    /// The input ended, and all requests that were read were answered.
    case endOfInput
    /// The input cannot be read, for example because it is a folder. All requests that were read were answered.
    case inputFailed(TransportError)
    /// The peer sent `exit`, with or without `shutdown` before it.
    case exit(afterShutdown: Bool)
    /// ``Session/stop()`` was called.
    case stopped
    /// The peer no longer reads what the session writes.
    case outputClosed
    /// The output cannot be written, for example because the disk is full. Messages that were not yet written are lost.
    case outputFailed(TransportError)
    /// After `exit` or ``Session/stop()``, the peer did not read the last messages within
    /// ``Session/Configuration/stopLimit``. They are lost.
    case outputUnread(afterStop: Bool)
    /// The peer read nothing for ``Session/Configuration/stallLimit`` while the queue was full.
    case peerStalled
}
