#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A stream of bytes in both directions. One thread reads and one thread writes.
///
/// ``read(into:)`` and ``write(_:)`` block, so the session calls each of them on a thread of its own, outside of the
/// cooperative pool. The reader's thread may write too, but only with ``writeAtOnce(_:)`` and never at the same time as
/// the writer's thread.
public protocol Transport: Sendable {
    /// Blocks until bytes arrive, and puts them into the buffer.
    ///
    /// - Returns: how many bytes were read; 0 at the end of the input.
    /// - Throws: ``TransportError``.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int

    /// Writes some of the bytes, and blocks until at least one byte is accepted.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: ``TransportError``.
    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// Writes the bytes that are accepted at once. This method never blocks.
    ///
    /// - Returns: how many bytes were written; 0 if there is no room, or if it is unknown whether there is room.
    /// - Throws: ``TransportError``.
    func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int

    /// Whether ``read(into:)`` would return at once.
    var hasInput: Bool { get }

    /// Ends both directions, as far as possible. A blocked ``read(into:)`` should return 0.
    func close()
}

/// An error of the stream, or a peer that is gone.
public struct TransportError: Error, Sendable, Hashable {
    /// The error number of the system (`errno`).
    public var code: Int32
    /// The call that failed, such as `write`.
    public var operation: String

    /// - Parameters:
    ///   - code: the error number of the system (`errno`).
    ///   - operation: the call that failed, such as `write`.
    public init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// Whether the error means that the peer closed the connection. That is no fault of the stream.
    var isHangUp: Bool { code == EPIPE || code == ECONNRESET }
}
