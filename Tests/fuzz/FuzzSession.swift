// What libFuzzer calls: any bytes through framing, parsing and dispatch of a session, on the calling thread.
//
// The first byte of an input chooses the framing and how the rest is split. What must hold whatever comes: no crash; whole frames out,
// each of them JSON; not a `json_t` left behind; each request of the session's own has one outcome; and a ping that follows is
// answered.

import Jansson
import Synchronization

@testable import JSONRPC

/// What an input may announce at most. Small, so that ``ending`` can outlast it.
private let maximumMessageBytes = 512

/// Ends whatever line, header block and message an input has begun, and asks for a sign of life. In newline-delimited framing the
/// header is a line that is answered with an error, and the ping is one that is answered.
///
/// The ping comes twice. A message over the limit is skipped, and its announced length may end inside the first ping, which is then
/// skipped in part. A length that reaches further does no harm: the first ping's header is recognised inside a skipped message.
private let ending: [UInt8] = {
    let ping = #"{"jsonrpc":"2.0","id":"the end","method":"ping"}"#
    let framed = Array("Content-Length: \(ping.utf8.count)\r\n\r\n\(ping)\n".utf8)
    return Array(repeating: UInt8(ascii: "\n"), count: 2 * maximumMessageBytes) + framed + framed
}()

/// Called by libFuzzer once, before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer) -> Int32 {
    JanssonBlocks.startCounting()
    return 0
}

/// Called by libFuzzer for each input. The first byte chooses the settings of the session, and the rest is what its peer sends.
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

/// This is a separate function, so that no tree of the input is alive any more.
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
    /// How many requests the session has made, and how many outcomes came.
    let requests = Mutex((asked: 0, outcomes: 0))

    func answer(_ request: Call, in session: Session) -> Outcome {
        switch request.method {
        case "ping": .result(.empty)
        case "echo": .result(Reply(request.parameters["value", 0]))
        default: .failure(.methodNotFound(request.method))
        }
    }

    /// `ask` makes a request of the session's own, which what follows may answer; `stop` ends them.
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

/// Provides its input in pieces and then the ending in one, and keeps what is written.
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
