#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A stream of bytes in both directions, read and written by one thread each.
///
/// Reading and writing block: the session gives each a thread of its own, off the cooperative pool.
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

    /// How many bytes ``write(_:)`` would take whole and at once, as far as can be told; 0 where it may have to wait.
    var room: Int { get }

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
