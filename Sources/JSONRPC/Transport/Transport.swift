#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A stream of bytes in both directions, read and written by one thread each.
///
/// ``read(into:)`` and ``write(_:)`` block: the session gives each a thread of its own, off the cooperative pool. The reader's thread
/// also writes, by ``writeAtOnce(_:)`` alone, and never while the writer's thread does.
public protocol Transport: Sendable {
    /// Waits for bytes and puts them into the buffer.
    ///
    /// - Returns: how many bytes came; 0 at the end of the input.
    /// - Throws: ``TransportError``.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int

    /// Writes some of the bytes, waiting until at least one is taken.
    ///
    /// - Returns: how many were taken.
    /// - Throws: ``TransportError``.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// Writes what can be taken at once. Never waits, whatever the peer does.
    ///
    /// - Returns: how many bytes were taken; 0 where there is no room, or where it cannot be known that there is.
    /// - Throws: ``TransportError``.
    func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// Whether ``read(into:)`` would return at once with more.
    var hasInput: Bool { get }

    /// Ends both directions, as far as this is possible: what waits in ``read(into:)`` should return 0.
    func close()
}

/// The peer is gone, or the stream is broken.
public struct TransportError: Error, Sendable, Hashable {
    /// The number of the system's error (`errno`).
    public var code: Int32
    /// The call that failed, as in `write`.
    public var operation: String

    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// Whether the peer went away, which is no fault of the stream.
    var isHangUp: Bool { code == EPIPE || code == ECONNRESET }
}
