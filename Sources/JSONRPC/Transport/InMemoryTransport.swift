import Dispatch
import Synchronization

/// The in-memory twin of a pipe pair: what one end writes, the other reads.
public final class InMemoryTransport: Transport {
    private let incoming: ByteChannel
    private let outgoing: ByteChannel

    private init(incoming: ByteChannel, outgoing: ByteChannel) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// Two connected ends.
    ///
    /// - Parameter capacity: how many bytes either direction holds before a writer waits.
    public static func pair(capacity: Int = 65_536) -> (InMemoryTransport, InMemoryTransport) {
        let (there, back) = (ByteChannel(capacity: capacity), ByteChannel(capacity: capacity))
        return (
            InMemoryTransport(incoming: back, outgoing: there), InMemoryTransport(incoming: there, outgoing: back)
        )
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int { unsafe incoming.read(into: buffer) }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe outgoing.write(bytes)
    }

    public var room: Int { outgoing.room }

    public var hasInput: Bool { incoming.hasBytes }

    public func close() {
        incoming.close()
        outgoing.close()
    }

    /// Ends the direction that this end writes: the other end reads what is there, and then the end of input.
    public func closeOutput() { outgoing.close() }
}

/// One direction: a bounded queue of bytes with one reader and one writer.
private final class ByteChannel: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var readerWaits = false
        var writerWaits = false
    }

    private enum Step {
        case done(Int)
        case wait
        case broken
    }

    /// `EPIPE`, without the C library for a number.
    private static let brokenPipe: Int32 = 32

    private let capacity: Int
    private let state = Mutex(State())
    private let readable = DispatchSemaphore(value: 0)
    private let writable = DispatchSemaphore(value: 0)

    init(capacity: Int) {
        self.capacity = capacity
    }

    var hasBytes: Bool { state.withLock { !$0.bytes.isEmpty } }

    var room: Int { state.withLock { $0.isClosed ? capacity : capacity - $0.bytes.count } }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            var wakesWriter = false
            let step: Step = state.withLock { state in
                guard !state.bytes.isEmpty else {
                    if state.isClosed { return .done(0) }
                    state.readerWaits = true
                    return .wait
                }
                let count = min(buffer.count, state.bytes.count)
                unsafe buffer.copyBytes(from: state.bytes.prefix(count))
                state.bytes.removeFirst(count)
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
            var wakesReader = false
            let step: Step = state.withLock { state in
                if state.isClosed { return .broken }
                let count = min(bytes.count, capacity - state.bytes.count)
                guard count > 0 else {
                    state.writerWaits = true
                    return .wait
                }
                unsafe state.bytes.append(contentsOf: bytes.prefix(count))
                swap(&wakesReader, &state.readerWaits)
                return .done(count)
            }
            if wakesReader { readable.signal() }
            switch step {
            case .done(let count): return count
            case .broken: throw TransportError(code: Self.brokenPipe, operation: "write")
            case .wait: writable.wait()
            }
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
