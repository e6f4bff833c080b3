import Dispatch
package import JSONRPC
import Synchronization

/// The peer of a session under test. The client sends bytes, and returns the lines or frames that it receives.
///
/// The client reads and writes on its own dispatch queues, so that a test never blocks the cooperative pool.
package final class LineClient: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let transport: InMemoryTransport
    private let readBytes: Int
    private let state = Mutex(State())
    private let readingQueue = DispatchQueue(label: "LineClient.read")
    private let writingQueue = DispatchQueue(label: "LineClient.write")

    /// - Parameters:
    ///   - readBytes: the largest number of bytes in one read. A small number simulates a slow peer.
    ///   - isReading: whether the client reads from the start, or only after ``startReading()``.
    package init(_ transport: InMemoryTransport, readBytes: Int = 65_536, isReading: Bool = true) {
        self.transport = transport
        self.readBytes = readBytes
        if isReading { startReading() }
    }

    package func startReading() {
        readingQueue.async { self.readToEnd() }
    }

    /// Sends lines, each with a line feed.
    package func send(_ lines: String...) {
        sendRaw(lines.map { $0 + "\n" }.joined())
    }

    /// Sends messages in a framing.
    package func send(_ messages: String..., in framing: Framing) {
        for message in messages {
            switch framing {
            case .newlineDelimited: sendRaw(message + "\n")
            case .contentLength: sendRaw("Content-Length: \(message.utf8.count)\r\n\r\n\(message)")
            }
        }
    }

    package func sendRaw(_ text: String) {
        sendRaw(Array(text.utf8))
    }

    package func sendRaw(_ bytes: [UInt8]) {
        writingQueue.async { self.write(bytes) }
    }

    /// Ends the input of the session after all bytes that were sent.
    package func endInput() {
        writingQueue.async { self.transport.closeOutput() }
    }

    /// Closes the connection in both directions.
    package func close() {
        transport.close()
    }

    /// Waits until all sent bytes are in the pipe.
    package func allSent() async {
        await withCheckedContinuation { continuation in writingQueue.async { continuation.resume() } }
    }

    /// The next line without its line feed; nil when the session has closed its output.
    package func line() async -> String? {
        while true {
            let (line, hasEnded) = state.withLock { state in
                guard let end = state.bytes.firstIndex(of: UInt8(ascii: "\n")) else {
                    return (String?.none, state.hasEnded)
                }
                let line = String(decoding: state.bytes[..<end], as: UTF8.self)
                state.bytes.removeFirst(end + 1)
                return (line, false)
            }
            if line != nil || hasEnded { return line }
            await wait { $0.hasEnded || $0.bytes.contains(UInt8(ascii: "\n")) }
        }
    }

    /// The next message in this framing; nil when the session has closed its output.
    package func message(_ framing: Framing) async -> String? {
        guard framing == .contentLength else { return await line() }
        while true {
            let (message, hasEnded) = state.withLock { state in
                guard let body = Self.firstBody(state.bytes) else { return (String?.none, state.hasEnded) }
                let message = String(decoding: state.bytes[body], as: UTF8.self)
                state.bytes.removeFirst(body.upperBound)
                return (message, false)
            }
            if message != nil || hasEnded { return message }
            await wait { $0.hasEnded || Self.firstBody($0.bytes) != nil }
        }
    }

    /// The range of the body of the first message; nil while parts of the message are missing. The header must have the
    /// form that a session writes.
    private static func firstBody(_ bytes: [UInt8]) -> Range<Int>? {
        let digits = bytes.dropFirst("Content-Length: ".utf8.count).prefix { $0 != UInt8(ascii: "\r") }
        guard let count = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        let start = digits.endIndex + "\r\n\r\n".utf8.count
        return start + count <= bytes.count ? start..<start + count : nil
    }

    /// All bytes that arrive until the session closes its output, without the lines that were read before.
    package func rest() async -> [UInt8] {
        await wait { $0.hasEnded }
        return state.withLock { state in
            defer { state.bytes = [] }
            return state.bytes
        }
    }

    /// Waits for a condition. It is checked each time that bytes arrive.
    private func wait(until isReady: (borrowing State) -> Bool) async {
        while true {
            let isDone = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                let isDone = state.withLock { state in
                    if isReady(state) { return true }
                    state.waiter = continuation
                    return false
                }
                if isDone { continuation.resume(returning: true) }
            }
            if isDone { return }
        }
    }

    private func readToEnd() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes, alignment: 16)
        defer { unsafe buffer.deallocate() }
        while true {
            let count = unsafe transport.read(into: buffer)
            let waiter = state.withLock { state in
                unsafe state.bytes.append(contentsOf: buffer[..<count])
                state.hasEnded = count == 0
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: false)
            if count == 0 { return }
        }
    }

    private func write(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { bytes in
                unsafe try? transport.write(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
            }
            guard let written else { return }
            offset += written
        }
    }
}
