import Dispatch
import Jansson
import Synchronization

/// The methods that write: the role of the writer, and the two threads that can hold this role.
extension Outbox {
    /// The largest number of bytes in one write. The limit makes progress visible while a peer reads slowly.
    private static let sliceBytes = 65_536

    // MARK: The reader's thread

    /// Blocks while the queue is above the limit. Returns false if nothing can be sent any more.
    func waitForRoom() -> Bool {
        guard needsLook.load(ordering: .acquiring) else { return true }
        while true {
            let (isOpen, mustWait) = state.withLock { state in
                let isOpen = state.failure == nil && !state.isClosed
                state.readerWaits = isOpen && state.queuedBytes > maximumBytes
                if isOpen, !state.readerWaits { needsLook.store(false, ordering: .releasing) }
                return (isOpen, state.readerWaits)
            }
            guard mustWait else { return isOpen }
            work.signal()
            room.wait()
        }
    }

    /// Writes the bytes that the peer accepts at once. The writer's thread writes the remaining bytes.
    func flush() {
        while var bytes = take() {
            var offset = 0
            while offset < bytes.count {
                guard let written = unsafe write(bytes, offset..<bytes.count, transport.writeAtOnce) else { return }
                if written == 0 { break }
                offset += written
            }
            if offset < bytes.count {
                bytes.removeFirst(offset)
                putBack(bytes)
                work.signal()
                return
            }
            release(bytes)
        }
    }

    // MARK: The writer's thread

    /// Writes all appended messages, until the outbox is closed or the peer is gone.
    func runWriter() {
        while true {
            while let bytes = take() {
                var offset = 0
                while offset < bytes.count {
                    let slice = offset..<min(bytes.count, offset + Self.sliceBytes)
                    guard let written = unsafe write(bytes, slice, transport.write) else { return }
                    offset += written
                }
                release(bytes)
            }
            if state.withLock({ $0.failure != nil || ($0.isClosed && $0.queue.isEmpty && !$0.isWriting) }) { return }
            work.wait()
        }
    }

    // MARK: The role of the writer

    /// Takes the role of the writer and all queued bytes. Returns nil if nothing is queued, or if another thread has
    /// the role.
    private func take() -> [UInt8]? {
        state.withLock { state in
            guard !state.isWriting, !state.queue.isEmpty, state.failure == nil else { return nil }
            state.isWriting = true
            var bytes: [UInt8] = []
            swap(&bytes, &state.queue)
            state.takenBytes = bytes.count
            return bytes
        }
    }

    /// - Returns: how many bytes of the slice were written; nil if nothing can be written any more.
    private func write(
        _ bytes: [UInt8],
        _ slice: Range<Int>,
        _ transfer: (UnsafeRawBufferPointer) throws(TransportError) -> Int
    ) -> Int? {
        do throws(TransportError) {
            let written = try unsafe bytes.withUnsafeBytesTyped { bytes throws(TransportError) in
                try unsafe transfer(UnsafeRawBufferPointer(rebasing: bytes[slice]))
            }
            let wakesReader = state.withLock { state in
                if state.failure == nil { state.takenBytes -= written }
                state.writtenBytes += UInt64(written)
                return state.stopWaiting(below: maximumBytes)
            }
            if wakesReader { room.signal() }
            return written
        } catch {
            fail(error)
            return nil
        }
    }

    /// Gives back the role of the writer. The buffer is reused, unless it is large.
    private func release(_ bytes: consuming [UInt8]) {
        let (waiters, isClosed) = state.withLock { state in
            state.isWriting = false
            state.takenBytes = 0
            if state.queue.isEmpty, bytes.capacity <= Self.sliceBytes * 2 {
                bytes.removeAll(keepingCapacity: true)
                state.queue = bytes
            }
            return (state.takeFlushWaiters(), state.isClosed)
        }
        for waiter in waiters { waiter.resume() }
        // The writer's thread may be waiting only for the role. The signal lets that thread end.
        if isClosed { work.signal() }
    }

    private func putBack(_ bytes: consuming [UInt8]) {
        state.withLock { state in
            state.isWriting = false
            state.takenBytes = 0
            bytes.append(contentsOf: state.queue)
            state.queue = bytes
        }
    }

    private func fail(_ error: TransportError) {
        dropAll(error)
        onFailure(error)
    }

    func dropAll(_ error: TransportError) {
        let (waiters, wakesReader) = state.withLock { state in
            state.failure = error
            needsLook.store(true, ordering: .releasing)
            state.isWriting = false
            state.queue = []
            state.takenBytes = 0
            return (state.takeFlushWaiters(), state.stopWaiting(below: .max))
        }
        for waiter in waiters { waiter.resume() }
        if wakesReader { room.signal() }
        work.signal()
    }
}
