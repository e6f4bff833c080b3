import JSONRPC
import Jansson
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What happens to the session's own requests when the session ends.
@Suite(.timeLimit(.minutes(5)))
struct RequestEndTests {
    enum Ending: CaseIterable {
        case endOfInput, exit, orderlyExit, stop, hangUp, lostPeer
    }

    @Test(arguments: Ending.allCases)
    func allRequestsFailAndNoneBegins(ending: Ending) async throws {
        var configuration = Session.Configuration()
        configuration.framing = .newlineDelimited
        let rig = SessionRig(configuration)
        async let first = rig.outcome("ask")
        async let second = rig.outcome("ask", within: .seconds(5))
        _ = await (rig.client.line(), rig.client.line())
        switch ending {
        case .endOfInput: rig.client.endInput()
        case .exit: rig.client.send(#"{"jsonrpc":"2.0","method":"exit"}"#)
        case .orderlyExit:
            rig.session.shutDown()
            rig.client.send(#"{"jsonrpc":"2.0","method":"exit"}"#)
        case .stop: rig.session.stop()
        case .hangUp: rig.session.hangUp()
        case .lostPeer: rig.client.close()
        }
        #expect(await [first, second] == ["sessionEnded", "sessionEnded"])
        #expect(await rig.outcome("ask") == "sessionEnded")
        // Neither requests nor their cancellations are left to be sent.
        #expect(await rig.client.rest().isEmpty)
        _ = try await rig.end
        #expect(await rig.outcome("ask") == "sessionEnded")
        #expect(rig.session.statistics.outgoing == 0)
    }

    /// The session may delay its end until the running work has settled. Its own requests fail before that.
    @Test func requestsFailWhenTheEndBegins() async throws {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"keep"}"#)
        await rig.handler.gate.waiters(atLeast: 1)
        async let outcome = rig.outcome("ask")
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"method":"ask"}"#)
        rig.session.stop()
        await rig.handler.settling.waiters(atLeast: 1)
        #expect(await outcome == "sessionEnded")
        rig.handler.settling.open()
        rig.handler.gate.open()
        #expect(try await rig.end == .stopped)
    }

    /// The output fails while the reading thread waits for input. Nothing can wake that thread.
    @Test func requestsFailWithTheOutput() async throws {
        let (near, far) = InMemoryTransport.pair()
        let session = Session(transport: BrokenOutput(near), handler: ScriptedSessionHandler())
        async let end = session.run()
        session.notify("tick", 1)
        async let failure = Self.failure(of: session)
        try far.send("\n{}\n")
        #expect(await failure == "sessionEnded")
        #expect(try await end == .outputClosed)
        far.close()
    }

    private static func failure(of session: Session) async -> String {
        do { return try await session.request("ask").jsonText } catch { return error.kind }
    }

    /// The peer's request causes work that waits for an answer of the peer. At the end of its input, a session without
    /// a time limit would wait for ever.
    @Test(arguments: [Framing.newlineDelimited, .contentLength])
    func workThatWaitsForAnAnswerIsAnsweredAtTheEndOfInput(framing: Framing) async throws {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"ask"}"#, in: framing)
        #expect(await rig.client.message(framing) == #"{"jsonrpc":"2.0","id":1,"method":"question"}"#)
        rig.client.endInput()
        let answer = await rig.client.message(framing)
        #expect(
            answer?.hasPrefix(#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"the session ended "#) == true
        )
        #expect(answer?.hasSuffix(#""data":{"kind":"sessionEnded","retryable":false}}}"#) == true)
        #expect(try await rig.end == .endOfInput)
    }

    /// If the peer reads no output, the session ends at its stall limit. The session's own requests then end too.
    @Test func aPeerThatReadsNothingEndsRequestsToo() async throws {
        let clock = ManualClock()
        var configuration = Session.Configuration()
        configuration.maximumQueuedBytes = 10_000
        configuration.framing = .newlineDelimited
        let rig = SessionRig(configuration, clock: clock, capacity: 4096, isReading: false)
        async let outcome = rig.outcome("ask")
        rig.session.notify("tick", [String(repeating: "x", count: 20_000)])
        for _ in 0..<10 {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .seconds(30))
        }
        #expect(await outcome == "sessionEnded")
        #expect(try await rig.end == .peerStalled)
    }

    @Test(arguments: [
        (#""result":[1]"#, #""result":[1]"#),
        (#""error":{"code":1,"message":"no"}"#, #""data":{"kind":"refused","retryable":false}"#),
        (#""result":1,"result":2"#, #""data":{"kind":"malformedAnswer","retryable":false}"#),
    ])
    func workOfThePeersGetsTheAnswer(answer: String, part: String) async {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,"method":"ask"}"#)
        _ = await rig.client.line()
        rig.client.send(#"{"jsonrpc":"2.0","id":1,\#(answer)}"#)
        #expect(await rig.client.line()?.contains(part) == true)
    }

    /// If the peer cancels its request, the session cancels the request that it made for that work.
    @Test func cancelledWorkCancelsItsOwnRequest() async {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":7,"method":"ask"}"#)
        _ = await rig.client.line()
        rig.client.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":7}}"#)
        let lines = await [rig.client.line(), rig.client.line()].compactMap(\.self)
        #expect(lines.contains(RequestingTests.cancellation(of: 1, .languageServer)))
        #expect(lines.contains { $0.hasPrefix(#"{"jsonrpc":"2.0","id":7,"error":{"code":-32800,"#) })
    }
}

/// A transport that reads like another transport, and that cannot write. Closing this transport wakes no reader.
private final class BrokenOutput: Transport {
    private let inner: InMemoryTransport

    init(_ inner: InMemoryTransport) { self.inner = inner }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int { unsafe inner.read(into: buffer) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        throw TransportError(code: EPIPE, operation: "write")
    }

    func writeAtOnce(_ bytes: UnsafeRawBufferPointer) -> Int { 0 }

    var hasInput: Bool { inner.hasInput }

    func close() {}
}

extension InMemoryTransport {
    fileprivate func send(_ text: String) throws {
        _ = unsafe try Array(text.utf8).withUnsafeBytes { unsafe try write($0) }
    }
}
