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

/// A transport that records each message as one JSON object per line. The format is that of the transcripts in
/// `Tests/Transcripts`, plus the seconds since the start as `at`. A message of the peer is
/// `{"at": 0.1, "send": "text"}`. A message to the peer is `{"at": 0.2, "expect": value}`. The end of the peer's input
/// is `{"at": 0.3, "end": true}`.
package final class RecordingTransport: Transport {
    private struct State {
        var received: Framer
        var sent: Framer
    }

    private let base: any Transport
    private let file: Int32
    private let redaction: Redaction
    private let timeline = Timeline.system
    private let report: @Sendable (String) -> Void
    /// Whether all lines so far were written to the file.
    private let isWhole = Mutex(true)
    private let state: Mutex<State>

    /// The text at the start of each recording. A file that does not start with this text is not overwritten.
    private static let title = "A session of cover-bridge"

    /// - Parameter report: called with one line if the file cannot be written any more. The session continues.
    /// - Throws: ``RecordingError`` if the file cannot be written, or if it exists and is no recording.
    package init(
        _ base: any Transport,
        path: String,
        session: Session.Configuration,
        interval: Double?,
        redaction: Redaction,
        report: @escaping @Sendable (String) -> Void
    ) throws(RecordingError) {
        file = try Self.file(at: path)
        self.report = { report("cannot record into \(path) any further: \($0). The session continues.") }
        self.base = base
        self.redaction = redaction
        let limit = session.maximumMessageBytes
        state = Mutex(
            State(
                received: Framer(framing: session.framing, maximumBytes: limit),
                // The messages of the bridge have no limit, so this limit is larger than any of them.
                sent: Framer(framing: session.framing, maximumBytes: 1 << 30)
            )
        )
        put {
            $0.member(
                "note",
                "\(Self.title) \(coverBridgeVersion), without keys, callback URLs and queries of URLs."
            )
            $0.member("maxMessageBytes", limit)
            $0.member("interval", interval)
        }
    }

    private static func file(at path: String) throws(RecordingError) -> Int32 {
        func refusal(_ reason: String) -> RecordingError {
            RecordingError(message: "cannot record into \(path): \(reason). Name another file.")
        }
        // If the file is a pipe, opening it in non-blocking mode does not wait for a reader. After the opening, the
        // mode is set back, so that writes block.
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw refusal(FileError.current.reason) }
        var (information, input) = (stat(), stat())
        if unsafe fstat(file, &information) == 0, unsafe fstat(STDIN_FILENO, &input) == 0,
            (information.st_dev, information.st_ino) == (input.st_dev, input.st_ino),
            information.st_mode & S_IFMT != S_IFCHR
        {
            // The session would read what it writes, without end.
            _ = closeFile(file)
            throw refusal("the requests come from it")
        }
        if information.st_mode & S_IFMT == S_IFREG, information.st_size > 0 {
            let start = Array(#"{"note":"\#(title)"#.utf8)
            guard (try? readFile(path, limit: start.count)) == start else {
                _ = closeFile(file)
                throw refusal("it has other content than a recording, and stays as it is")
            }
            ftruncate(file, 0)
        }
        guard fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK) == 0 else {
            let reason = FileError.current.reason
            _ = closeFile(file)
            throw refusal(reason)
        }
        return file
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

    /// Writes one whole line, or nothing. After a fault, such as a full disk, the file ends with the last whole line.
    private func put(_ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(members)
        var rest = (writer.bytes + [0x0A])[...]
        let fault: FileError? = isWhole.withLock { isWhole in
            guard isWhole else { return nil }
            let start = lseek(file, 0, SEEK_CUR)
            while !rest.isEmpty {
                let written = unsafe rest.withUnsafeBytes { unsafe writeFile(file, $0.baseAddress, $0.count) }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    let fault = FileError.current
                    isWhole = false
                    // An incomplete line is removed from a file. A pipe has no position, so its bytes cannot be
                    // removed.
                    if start >= 0 { ftruncate(file, start) }
                    return fault
                }
                rest = rest.dropFirst(written)
            }
            return nil
        }
        // The fault is only reported, because it must not end the session.
        if let fault { report(fault.reason) }
    }
}

// The methods above hide the system functions of the same names.
private let closeFile = close
private let writeFile = unsafe write
