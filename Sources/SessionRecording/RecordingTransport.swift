import CoverAPI
import CoverModel
package import JSONRPC
import Jansson
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A transport that records what passes through it, one JSON object per line. The form is that of the golden sessions
/// in `Tests/Transcripts`, with the seconds since the start added: `{"at": 0.1, "send": "text"}` for what the peer
/// sent, `{"at": 0.2, "expect": value}` for what the peer received, and `{"end": true}` when its input ended.
package final class RecordingTransport: Transport {
    private struct State {
        var received: Framer
        var sent: Framer
    }

    private let base: any Transport
    private let file: Int32
    private let redaction: Redaction
    private let timeline = Timeline.system
    private let state: Mutex<State>

    /// - Throws: ``RecordingError`` if the file cannot be written.
    package init(
        _ base: any Transport,
        path: String,
        session: Session.Configuration,
        interval: Double?,
        redaction: Redaction
    ) throws(RecordingError) {
        // Opening a pipe in non-blocking mode does not wait for a reader. Afterwards, writes block again.
        file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0, fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK) == 0 else {
            let reason = FileError.current.reason
            throw RecordingError(message: "cannot record into \(path): \(reason). Name another file.")
        }
        self.base = base
        self.redaction = redaction
        let limit = session.maximumMessageBytes
        state = Mutex(
            State(
                received: Framer(framing: session.framing, maximumBytes: limit),
                // The bridge's own messages have no limit.
                sent: Framer(framing: session.framing, maximumBytes: 1 << 30)
            )
        )
        put {
            $0.member(
                "note",
                "A session of cover-bridge \(coverBridgeVersion), without keys, callback URLs and queries of URLs."
            )
            $0.member("maxMessageBytes", limit)
            $0.member("interval", interval)
        }
    }

    deinit { _ = closeFile(file) }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        let count = try unsafe base.read(into: buffer)
        state.withLock { state in
            if count == 0 {
                state.received.finish { frame, _ in note(received: frame) }
                put {
                    $0.member("at", timeline.now.inSeconds)
                    $0.member("end", true)
                }
            } else {
                unsafe state.received.feed(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) { frame, _ in
                    note(received: frame)
                }
            }
        }
        return count
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe noting(bytes, base.write(bytes))
    }

    package func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        try unsafe noting(bytes, base.writeAtOnce(bytes))
    }

    /// - Parameter count: how many of the bytes were sent.
    private func noting(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> Int {
        state.withLock { state in
            unsafe state.sent.feed(UnsafeRawBufferPointer(rebasing: bytes.prefix(count))) { frame, _ in
                guard case .message(let message) = frame, let text = unsafe redaction.text(of: message) else { return }
                put { writer in
                    writer.member("at", timeline.now.inSeconds)
                    writer.member("expect") { $0.raw(text.utf8) }
                }
            }
        }
        return count
    }

    package var hasInput: Bool { base.hasInput }

    package func close() { base.close() }

    private func note(received frame: Frame) {
        guard case .message(let message) = frame else {
            return put { $0.member("note", "Here came a message that was too large, or framed in a wrong way.") }
        }
        let text = unsafe redaction.text(of: message)
        if text == nil { put { $0.member("note", "What came here is no JSON, and may hold anything: left out.") } }
        put {
            $0.member("at", timeline.now.inSeconds)
            $0.member("send", text ?? "{")
        }
    }

    private func put(_ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(members)
        var rest = (writer.bytes + [0x0A])[...]
        while !rest.isEmpty {
            // A full disk must not end the session.
            let written = unsafe rest.withUnsafeBytes { unsafe writeFile(file, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}

// The methods above hide the system functions of the same names.
private let closeFile = close
private let writeFile = unsafe write
