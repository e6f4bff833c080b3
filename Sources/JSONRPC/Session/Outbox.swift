import Dispatch
import Synchronization

/// The output queue of a session: whole frames, in order, written by one thread at a time.
///
/// Any thread may append messages. The right to write is a role that at most one thread holds. The writer's thread
/// holds the role while it waits for the peer. The reader's thread holds the role for a moment, to write the bytes that
/// the pipe accepts at once. So a small answer needs no thread switch. Until the framing is known, the outbox writes
/// nothing and keeps the messages.
final class Outbox: Sendable {
    struct State {
        /// The bytes of frames that no thread has taken for writing yet.
        var queue: [UInt8] = []
        /// Messages that wait until the framing is known.
        var unframed: [[UInt8]] = []
        var framing: Framing?
        /// The number of bytes that a thread has taken but not yet written.
        var takenBytes = 0
        var isWriting = false
        var readerWaits = false
        var isClosed = false
        var failure: TransportError?
        /// The number of bytes written since the start. The check for a stalled peer compares two values of this
        /// number.
        var writtenBytes: UInt64 = 0
        /// Whether the owner was notified that the queue is above the limit.
        var isKnownFull = false
        /// Callers that wait until this many bytes have been written since the start.
        var flushWaiters: [(target: UInt64, continuation: CheckedContinuation<Void, Never>)] = []

        var queuedBytes: Int { queue.count + takenBytes }

        mutating func takeFlushWaiters() -> [CheckedContinuation<Void, Never>] {
            guard !flushWaiters.isEmpty else { return [] }
            let isOver = failure != nil
            let ready = flushWaiters.filter { isOver || $0.target <= writtenBytes }
            flushWaiters.removeAll { isOver || $0.target <= writtenBytes }
            return ready.map(\.continuation)
        }

        /// Whether the queue has just grown above the limit.
        mutating func hasFilled(above limit: Int) -> Bool {
            guard !isKnownFull, queuedBytes > limit else { return false }
            isKnownFull = true
            return true
        }

        mutating func stopWaiting(below limit: Int) -> Bool {
            guard queuedBytes <= limit else { return false }
            isKnownFull = false
            defer { readerWaits = false }
            return readerWaits
        }
    }

    let transport: any Transport
    let maximumBytes: Int
    let onFailure: @Sendable (TransportError) -> Void
    let onFull: @Sendable () -> Void
    let state: Mutex<State>
    /// Whether ``waitForRoom()`` must take the lock, because the queue is above the limit or the peer is gone.
    let needsLook = Atomic(false)
    let work = DispatchSemaphore(value: 0)
    let room = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - maximumBytes: ``waitForRoom()`` waits while more than this many bytes are unwritten.
    ///   - onFailure: called once, when the peer is gone.
    ///   - onFull: called each time that the queue grows above the limit.
    init(
        transport: any Transport,
        framing: Framing?,
        maximumBytes: Int,
        onFailure: @escaping @Sendable (TransportError) -> Void,
        onFull: @escaping @Sendable () -> Void
    ) {
        self.transport = transport
        self.maximumBytes = maximumBytes
        self.onFailure = onFailure
        self.onFull = onFull
        state = Mutex(State(framing: framing))
    }

    // MARK: Any thread

    /// Appends a message, and wakes the writer's thread to send it.
    func send(_ message: [UInt8]) {
        append(message)
        wake()
    }

    /// Wakes the writer's thread to send what was appended.
    func wake() {
        work.signal()
    }

    /// Appends a message. The next ``flush()`` or ``send(_:)`` sends it.
    func append(_ message: [UInt8]) {
        let hasFilled = state.withLock { state in
            guard state.failure == nil, !state.isClosed else { return false }
            if let framing = state.framing {
                Self.beginFrame(&state.queue, framing, message.count)
                state.queue.append(contentsOf: message)
                Self.endFrame(&state.queue, framing)
            } else {
                state.unframed.append(message)
            }
            return state.hasFilled(above: maximumBytes)
        }
        if hasFilled { fill() }
    }

    /// Appends the response to a request. This is the fastest way to send a result, because no separate message is
    /// built.
    func appendResult(id: UnsafeRawBufferPointer, _ result: [UInt8]) {
        let hasFilled = state.withLock { state in
            guard state.failure == nil, !state.isClosed, let framing = state.framing else { return false }
            Self.beginFrame(&state.queue, framing, MessageWriter.byteCount(id: id.count, result: result.count))
            unsafe MessageWriter.append(result, id: id, to: &state.queue)
            Self.endFrame(&state.queue, framing)
            return state.hasFilled(above: maximumBytes)
        }
        if hasFilled { fill() }
    }

    /// Sets the framing. The session calls this when the peer's framing is known.
    func settle(_ framing: Framing) {
        let (hasWaited, hasFilled) = state.withLock { state in
            guard state.framing == nil else { return (false, false) }
            state.framing = framing
            for message in state.unframed {
                Self.beginFrame(&state.queue, framing, message.count)
                state.queue.append(contentsOf: message)
                Self.endFrame(&state.queue, framing)
            }
            defer { state.unframed = [] }
            return (!state.unframed.isEmpty, state.hasFilled(above: maximumBytes))
        }
        if hasWaited { work.signal() }
        if hasFilled { fill() }
    }

    private func fill() {
        needsLook.store(true, ordering: .releasing)
        onFull()
    }

    var queuedBytes: Int { state.withLock(\.queuedBytes) }

    /// How many bytes were written, and whether more than the limit is queued.
    var progress: (writtenBytes: UInt64, isFull: Bool) {
        state.withLock { ($0.writtenBytes, $0.isKnownFull) }
    }

    /// The reason why nothing can be written any more; nil while writing works. The peer is gone, the session gave up
    /// the peer (``abandoned``), or the output fails.
    var failure: TransportError? { state.withLock(\.failure) }

    /// Waits until everything appended so far is written, or the peer is gone.
    func waitUntilFlushed() async {
        work.signal()
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.flushWaiters.append((state.writtenBytes + UInt64(state.queuedBytes), continuation))
                return state.takeFlushWaiters()
            }
            for waiter in ready { waiter.resume() }
        }
    }

    /// Refuses further messages. The writer's thread ends after it has written the queued bytes.
    func close() {
        let readerWaits = state.withLock { state in
            state.isClosed = true
            needsLook.store(true, ordering: .releasing)
            defer { state.readerWaits = false }
            return state.readerWaits
        }
        if readerWaits { room.signal() }
        work.signal()
    }

    /// Gives up a peer that does not read, and drops all queued bytes.
    func abandon() { dropAll(Self.abandoned) }

    /// Does the same as ``abandon()`` if any bytes are not written yet.
    func abandonUnwritten() { if queuedBytes > 0 { abandon() } }

    static let abandoned = TransportError(code: 0, operation: "write")

    // MARK: Frames

    private static let headerStart = Array("Content-Length: ".utf8)
    private static let headerEnd = Array("\r\n\r\n".utf8)

    private static func beginFrame(_ queue: inout [UInt8], _ framing: Framing, _ byteCount: Int) {
        guard framing == .contentLength else { return }
        queue.append(contentsOf: headerStart)
        var unit = 1
        while unit <= byteCount / 10 { unit *= 10 }
        while unit > 0 {
            queue.append(UInt8(ascii: "0") + UInt8(byteCount / unit % 10))
            unit /= 10
        }
        queue.append(contentsOf: headerEnd)
    }

    private static func endFrame(_ queue: inout [UInt8], _ framing: Framing) {
        if framing == .newlineDelimited { queue.append(UInt8(ascii: "\n")) }
    }
}
