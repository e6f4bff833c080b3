// libFuzzer calls the functions of this file. They pass any bytes through the framing, the parsing and the dispatch of
// a session, on the calling thread.
//
// The first byte of an input chooses the framing and the size of the pieces into which the rest is split. The following
// must be true for every input. The session does not crash. Every output frame is whole and contains JSON. No `json_t`
// remains in memory. Each request that the session makes has exactly one outcome. A ping after the input is answered.

import Jansson
import Synchronization

@testable import JSONRPC

/// The longest message that an input may announce. The limit is small, so that ``ending`` is longer than the rest of
/// any announced message.
private let maximumMessageBytes = 512

/// Ends any line, header block or message that an input has begun, and then sends a ping to check that the session
/// still works. In newline-delimited framing, the session answers the header line with an error, and then answers the
/// ping.
///
/// The ping is sent twice. The session skips a message over the limit, and the announced length of such a message may
/// end inside the first ping. The session then skips a part of the first ping and answers the second. A longer
/// announced length does no harm, because the session recognises the header of the first ping inside a skipped message.
private let ending: [UInt8] = {
    let ping = #"{"jsonrpc":"2.0","id":"the end","method":"ping"}"#
    let framed = Array("Content-Length: \(ping.utf8.count)\r\n\r\n\(ping)\n".utf8)
    return Array(repeating: UInt8(ascii: "\n"), count: 2 * maximumMessageBytes) + framed + framed
}()

/// libFuzzer calls this function once, before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer) -> Int32 {
    JanssonBlocks.startCounting()
    return 0
}

/// libFuzzer calls this function for each input. The first byte chooses the settings of the session. The other bytes
/// are what the session's peer sends.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let choice = input.first else { return 0 }
    let framing: Framing? = [.none, .newlineDelimited, .contentLength][Int(choice % 3)]
    let bytes = Array(input.dropFirst())

    let transport = ScriptedTransport(bytes, then: ending, piece: 1 + Int(choice / 3) % 40)
    var configuration = Session.Configuration()
    configuration.framing = framing
    configuration.maximumMessageBytes = maximumMessageBytes
    let handler = Handler()
    Session(transport: transport, handler: handler, configuration: configuration).runReader()
    let (asked, outcomes) = handler.requests.withLock { $0 }
    precondition(asked == outcomes, "a request of the session has no outcome, or more than one")

    let output = transport.output
    let answers = messages(in: output)
    precondition(answers.last?["id"]?.string == "the end", "the ping at the end was not answered")
    for answer in answers {
        precondition(answer.kind == .array || answer["jsonrpc"]?.string == "2.0", "a frame that is no message")
    }
    precondition(output.allSatisfy { $0 < 0x80 } || !bytes.allSatisfy { $0 < 0x80 }, "output that is not ASCII")
    return finish()
}

/// Checks that no memory of jansson is left. This is a separate function, because all JSON trees of the caller must be
/// freed before the check.
private func finish() -> Int32 {
    precondition(JanssonBlocks.held == 0, "jansson holds memory without an owner")
    return 0
}

/// The frames of an output in either framing.
private func messages(in output: [UInt8]) -> [JSONValue] {
    var found: [JSONValue] = []
    var framer = Framer(
        framing: output.first == UInt8(ascii: "C") ? .contentLength : .newlineDelimited,
        maximumBytes: 1 << 30
    )
    func take(_ frame: Frame, _: Framing) {
        guard case .message(let bytes) = frame, let value = try? JSONValue(parsing: bytes) else {
            preconditionFailure("a frame that is not whole")
        }
        found.append(value)
    }
    output.withUnsafeBytes { framer.feed($0, take) }
    framer.finish(take)
    return found
}

private final class Handler: SessionHandler {
    /// The number of requests that the session has made, and the number of outcomes that have come.
    let requests = Mutex((asked: 0, outcomes: 0))

    func answer(_ request: Call, in session: Session) -> Outcome {
        switch request.method {
        case "ping": .result(.empty)
        case "echo": .result(Reply(request.parameters["value", 0]))
        default: .failure(.methodNotFound(request.method))
        }
    }

    /// The notification `ask` makes the session send a request, and later input may answer that request. The
    /// notification `stop` ends all requests of the session.
    func receive(_ notification: Call, in session: Session) {
        switch notification.method {
        case "ask":
            guard case .success(let id) = session.state.withLock({ $0.outgoing.reserve(limit: 4) }) else { return }
            requests.withLock { $0.asked += 1 }
            session.send(MessageWriter.request(id: id, "question", nil), id) { outcome in
                if case .success(let value) = outcome { precondition(value.jsonBytes.allSatisfy { $0 < 0x80 }) }
                self.requests.withLock { $0.outcomes += 1 }
            }
        case "stop": session.endRequests()
        default: break
        }
    }
}

/// A transport for one input. It provides the input in pieces and then the ending in one piece, and keeps what the
/// session writes.
private final class ScriptedTransport: Transport {
    private struct State {
        var input: ArraySlice<UInt8>
        var ending: ArraySlice<UInt8>
        var output: [UInt8] = []
    }

    private let state: Mutex<State>
    private let piece: Int

    init(_ input: [UInt8], then ending: [UInt8], piece: Int) {
        state = Mutex(State(input: input[...], ending: ending[...]))
        self.piece = piece
    }

    var output: [UInt8] { state.withLock(\.output) }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            if state.input.isEmpty {
                let next = state.ending.prefix(buffer.count)
                state.ending = state.ending.dropFirst(next.count)
                buffer.copyBytes(from: next)
                return next.count
            }
            let next = state.input.prefix(min(piece, buffer.count))
            state.input = state.input.dropFirst(next.count)
            buffer.copyBytes(from: next)
            return next.count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        state.withLock { $0.output.append(contentsOf: bytes) }
        return bytes.count
    }

    func writeAtOnce(_ bytes: UnsafeRawBufferPointer) -> Int { write(bytes) }

    var hasInput: Bool { false }

    func close() {}
}
