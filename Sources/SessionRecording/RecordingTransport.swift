import CoverAPI
import CoverModel
package import JSONRPC
import Jansson
import Synchronization

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
    private let file: RecordingFile
    private let session: Session.Configuration
    private let redaction: Redaction
    /// The expected answers to what a replay cannot send: frames that are no messages, and messages that are left out.
    private let unrepeatable = Mutex<[[UInt8]]>([])
    private let timeline = Timeline.system
    private let report: @Sendable (String) -> Void
    /// Whether all lines so far were written to the file.
    private let isWhole = Mutex(true)
    private let state: Mutex<State>

    /// Begins the recording.
    ///
    /// - Parameter report: called with one line if the file cannot be written any more. The session continues.
    package init(
        _ base: any Transport,
        file: RecordingFile,
        session: Session.Configuration,
        interval: Double?,
        redaction: Redaction,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.file = file
        self.report = { report("cannot record into \(file.path) any further: \($0). The session continues.") }
        self.base = base
        self.session = session
        self.redaction = redaction
        let limit = session.maximumMessageBytes
        state = Mutex(
            State(
                received: Framer(framing: session.framing, maximumBytes: limit),
                // The messages of the bridge have no limit, so this limit is larger than any of them.
                sent: Framer(framing: session.framing, maximumBytes: 1 << 30)
            )
        )
        file.begin()
        put {
            $0.member(
                "note",
                "\(RecordingFile.title) \(coverBridgeVersion), without keys, callback URLs and queries of URLs."
            )
            $0.member("maxMessageBytes", limit)
            $0.member("interval", interval)
        }
    }

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
                let isUnrepeatable = unrepeatable.withLock { answers in
                    guard let answer = answers.first, unsafe message.elementsEqual(answer) else { return false }
                    answers.removeFirst()
                    return true
                }
                put { writer in
                    writer.member("at", timeline.now.inSeconds)
                    writer.member(isUnrepeatable ? "note" : "expect") { $0.raw(text.utf8) }
                }
            }
        }
        return count
    }

    package var hasInput: Bool { base.hasInput }

    package func close() { base.close() }

    private func note(received frame: Frame) {
        guard case .message(let message) = frame else {
            if case .fault(let fault) = frame {
                unrepeatable.withLock { $0.append(session.answer(to: fault)) }
            }
            return put { $0.member("note", "Here came a message that was too large, or framed in a wrong way.") }
        }
        guard let text = unsafe redaction.text(of: message) else {
            if let answer = unsafe session.answer(toInvalid: message) { unrepeatable.withLock { $0.append(answer) } }
            return put { $0.member("note", "What came here is no JSON, and may hold anything: left out.") }
        }
        put {
            $0.member("at", timeline.now.inSeconds)
            $0.member("send", text)
        }
    }

    private func put(_ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.object(members)
        let line = writer.bytes + [0x0A]
        let fault: FileError? = isWhole.withLock { isWhole in
            guard isWhole else { return nil }
            do throws(FileError) { try file.append(line) } catch {
                isWhole = false
                return error
            }
            return nil
        }
        // The fault is only reported, because it must not end the session.
        if let fault { report(fault.reason) }
    }
}
