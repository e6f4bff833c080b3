import Dispatch
import Synchronization

/// One end of a connection in memory that acts like two pipes. The other end reads the bytes that this end writes. Each
/// direction has as much room as a pipe of Linux (``PipePages``).
public final class InMemoryTransport: Transport {
    private let incoming: ByteChannel
    private let outgoing: ByteChannel

    private init(incoming: ByteChannel, outgoing: ByteChannel) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// Creates two connected ends.
    ///
    /// - Parameter capacity: the largest number of bytes that each direction can hold, in whole pages of 4,096 bytes.
    public static func pair(capacity: Int = 65_536) -> (InMemoryTransport, InMemoryTransport) {
        let (there, back) = (ByteChannel(capacity: capacity), ByteChannel(capacity: capacity))
        return (
            InMemoryTransport(incoming: back, outgoing: there), InMemoryTransport(incoming: there, outgoing: back)
        )
    }

    /// Blocks until bytes arrive, and reads them.
    ///
    /// - Returns: how many bytes were read; 0 at the end of the input.
    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int { unsafe incoming.read(into: buffer) }

    /// Blocks until there is room, and writes what fits.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: ``TransportError`` if the other end is closed.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe outgoing.write(bytes)
    }

    /// Writes what fits now, and never blocks.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: ``TransportError`` if the other end is closed.
    public func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe outgoing.writeAtOnce(bytes)
    }

    /// Whether a read would return at once.
    public var hasInput: Bool { incoming.hasBytes }

    /// Closes both directions.
    public func close() {
        incoming.close()
        outgoing.close()
    }

    /// Ends the direction that this end writes. The other end reads the remaining bytes and then the end of input.
    public func closeOutput() { outgoing.close() }
}

/// One direction: a bounded queue of bytes with one reader and one writer.
private final class ByteChannel: Sendable {
    private struct State {
        var pages: PipePages
        var isClosed = false
        var readerWaits = false
        var writerWaits = false
    }

    private enum Step {
        case done(Int)
        case wait
        case broken
    }

    /// The number of the error `EPIPE`. It is written here to avoid an import of the C library.
    private static let brokenPipe: Int32 = 32

    private let state: Mutex<State>
    private let readable = DispatchSemaphore(value: 0)
    private let writable = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        state = Mutex(State(pages: PipePages(capacity: capacity)))
    }

    var hasBytes: Bool { state.withLock { !$0.pages.isEmpty } }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            var wakesWriter = false
            let step: Step = state.withLock { state in
                guard !state.pages.isEmpty else {
                    if state.isClosed { return .done(0) }
                    state.readerWaits = true
                    return .wait
                }
                let count = unsafe state.pages.read(into: buffer)
                swap(&wakesWriter, &state.writerWaits)
                return .done(count)
            }
            if wakesWriter { writable.signal() }
            if case .done(let count) = step { return count }
            readable.wait()
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        while true {
            let count = try unsafe put(bytes, waits: true)
            if unsafe count > 0 || bytes.isEmpty { return count }
            writable.wait()
        }
    }

    func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe put(bytes, waits: false)
    }

    /// - Parameter waits: whether the reader must wake the writer if no byte is accepted.
    private func put(_ bytes: UnsafeRawBufferPointer, waits: Bool) throws(TransportError) -> Int {
        var wakesReader = false
        let step: Step = state.withLock { state in
            if state.isClosed { return .broken }
            let count = unsafe state.pages.write(bytes)
            guard count > 0 else {
                state.writerWaits = state.writerWaits || waits
                return .wait
            }
            swap(&wakesReader, &state.readerWaits)
            return .done(count)
        }
        if wakesReader { readable.signal() }
        switch step {
        case .done(let count): return count
        case .wait: return 0
        case .broken: throw TransportError(code: Self.brokenPipe, operation: "write")
        }
    }

    func close() {
        let (wakesReader, wakesWriter) = state.withLock { state in
            state.isClosed = true
            defer { (state.readerWaits, state.writerWaits) = (false, false) }
            return (state.readerWaits, state.writerWaits)
        }
        if wakesReader { readable.signal() }
        if wakesWriter { writable.signal() }
    }
}
