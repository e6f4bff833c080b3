import Dispatch
import Synchronization

/// What is to be sent: whole frames, in order, written by one thread at a time.
///
/// Any thread appends. Who may write is a role, held by at most one thread: the writer's thread, which waits for the peer, or for a
/// moment the reader's thread, which writes what the pipe takes at once, so that a small answer costs no change of threads.
/// Until the framing is known nothing is written; what must be said earlier is kept.
final class Outbox: Sendable {
    struct State {
        /// Frames that nobody has taken to write yet.
        var queue: [UInt8] = []
        /// Messages for which the framing is not known yet.
        var unframed: [[UInt8]] = []
        var framing: Framing?
        /// Bytes that somebody has taken and not written yet.
        var takenBytes = 0
        var isWriting = false
        var readerWaits = false
        var isClosed = false
        var failure: TransportError?
        /// Bytes written since the start: whoever watches for a stalled peer compares.
        var writtenBytes: UInt64 = 0
        /// Whether the owner knows that more than the limit is queued.
        var isKnownFull = false
        /// Who waits until so many bytes have been written since the start.
        var flushWaiters: [(target: UInt64, continuation: CheckedContinuation<Void, Never>)] = []

        var queuedBytes: Int { queue.count + takenBytes }

        mutating func takeFlushWaiters() -> [CheckedContinuation<Void, Never>] {
            guard !flushWaiters.isEmpty else { return [] }
            let isOver = failure != nil
            let ready = flushWaiters.filter { isOver || $0.target <= writtenBytes }
            flushWaiters.removeAll { isOver || $0.target <= writtenBytes }
            return ready.map(\.continuation)
        }

        /// Whether the queue has outgrown the limit just now.
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
    /// Whether ``waitForRoom()`` has reason to look: more than the limit came to be queued, or there is nobody left to write to.
    let needsLook = Atomic(false)
    let work = DispatchSemaphore(value: 0)
    let room = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - maximumBytes: from how many unwritten bytes on ``waitForRoom()`` waits.
    ///   - onFailure: called once, when the peer is gone.
    ///   - onFull: called each time that more than the limit comes to be queued.
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

    /// Appends a message and has the writer's thread send it.
    func send(_ message: [UInt8]) {
        append(message)
        wake()
    }

    /// Has the writer's thread send what was appended.
    func wake() {
        work.signal()
    }

    /// Appends a message, to go with the next ``flush()`` or whatever is sent next.
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

    /// Appends the response to a request, without a message built before: the shortest way there is.
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

    /// The framing is known from now on: the peer's own.
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

    /// How far the peer has read, and whether more than the limit is queued.
    var progress: (writtenBytes: UInt64, isFull: Bool) {
        state.withLock { ($0.writtenBytes, $0.isKnownFull) }
    }

    /// Why nothing can be written any more: the peer is gone, was given up (``abandoned``), or the output fails.
    var failure: TransportError? { state.withLock(\.failure) }

    /// Waits until all that has been appended so far is written, or the peer is gone.
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

    /// Takes nothing more, and ends the writer's thread when what is queued is written.
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

    /// Gives up on a peer that does not read: drops what is queued.
    func abandon() { dropAll(Self.abandoned) }

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
