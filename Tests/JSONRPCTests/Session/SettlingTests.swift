import JSONRPC
import TestSupport
import Testing

/// If a handler has an `onCancel`, a cancelled request is answered after the `onCancel` has ended. Other requests do
/// not wait for that.
@Suite(.timeLimit(.minutes(5)))
struct SettlingTests {
    private static func request(_ id: Int, _ method: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#
    }

    private static func cancel(_ id: Int, _ kind: Cancellation = .languageServer) -> String {
        switch kind {
        case .languageServer: #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
        case .modelContext: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
        }
    }

    private static func pong(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"result":{}}"# }

    private static func isError(_ line: String?, _ id: Int, _ code: Int) -> Bool {
        line?.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"#) == true
    }

    @Test(arguments: [("keep", -32_800), ("lose", 500)])
    func `the answer comes after everything has settled, and others before it`(method: String, code: Int) async throws {
        let rig = SessionRig()
        rig.client.send(Self.request(1, method))
        await rig.handler.gate.waiters(atLeast: 1)
        rig.client.send(Self.cancel(1), Self.cancel(1))
        await rig.handler.settling.waiters(atLeast: 1)
        // The work of the request may continue at the same time. The session ignores the result of the work.
        rig.handler.gate.open()
        await rig.handler.settlements(atLeast: 1)
        // The id counts as used until the request is answered.
        rig.client.send(Self.request(2, "ping"), Self.request(1, "ping"))
        #expect(await rig.client.line() == Self.pong(2))
        #expect(await rig.client.line()?.contains("duplicateId") == true)
        #expect(rig.session.statistics.inFlight == 1)
        rig.handler.settling.open()
        #expect(Self.isError(await rig.client.line(), 1, code))
        #expect(rig.session.statistics.inFlight == 0)
        #expect(rig.handler.settlements == [false])
        rig.client.send(Self.request(1, "ping"))
        rig.client.endInput()
        #expect(await String(decoding: rig.client.rest(), as: UTF8.self) == Self.pong(1) + "\n")
        #expect(try await rig.end == .endOfInput)
    }

    @Test func `work that has not begun never begins, and settling works the same`() async throws {
        let rig = SessionRig()
        rig.client.sendRaw(
            [Self.request(1, "keep"), Self.cancel(1), Self.request(2, "ping")].map { $0 + "\n" }.joined()
        )
        await rig.handler.settling.waiters(atLeast: 1)
        #expect(await rig.client.line() == Self.pong(2))
        rig.handler.settling.open()
        #expect(Self.isError(await rig.client.line(), 1, -32_800))
        #expect(rig.handler.orders == 0)
    }

    @Test func `a batch waits for its member`() async throws {
        let rig = SessionRig()
        rig.client.send(
            "[\(Self.request(1, "keep")),\(Self.request(2, "ping"))]",
            Self.cancel(1),
            Self.request(3, "ping")
        )
        await rig.handler.settling.waiters(atLeast: 1)
        #expect(await rig.client.line() == Self.pong(3))
        rig.handler.settling.open()
        let answer = try #require(await rig.client.line())
        #expect(Self.isError(String(answer.dropFirst()), 1, -32_800))
        #expect(answer.hasSuffix(",\(Self.pong(2))]"))
    }

    /// In the Model Context Protocol, a cancelled request gets no answer. The session still does not end before every
    /// `onCancel` has ended.
    @Test func `the end waits in a protocol without an answer`() async throws {
        var configuration = Session.Configuration()
        configuration.cancellation = .modelContext
        let rig = SessionRig(configuration)
        rig.client.send(Self.request(1, "lose"), Self.cancel(1, .modelContext), Self.request(2, "ping"))
        await rig.handler.settling.waiters(atLeast: 1)
        #expect(await rig.client.line() == Self.pong(2))
        #expect(rig.session.statistics.inFlight == 1)
        rig.client.endInput()
        rig.handler.settling.open()
        #expect(await rig.client.rest().isEmpty)
        #expect(try await rig.end == .endOfInput)
        #expect(rig.session.statistics.inFlight == 0)
    }

    @Test(arguments: [false, true])
    func `the end of a session answers when everything has settled`(byExit: Bool) async throws {
        let rig = SessionRig()
        rig.client.send(Self.request(1, "keep"), Self.request(2, "keep"), Self.request(3, "hold"))
        await rig.handler.gate.waiters(atLeast: 3)
        rig.client.send(Self.cancel(2))
        await rig.handler.settling.waiters(atLeast: 1)
        if byExit { rig.client.send(#"{"jsonrpc":"2.0","method":"exit"}"#) } else { rig.session.stop() }
        await rig.handler.settling.waiters(atLeast: 2)
        #expect(Self.isError(await rig.client.line(), 3, -32000))
        rig.handler.settling.open()
        let lines = await String(decoding: rig.client.rest(), as: UTF8.self).split(separator: "\n").map(String.init)
            .sorted()
        #expect(lines.count == 2)
        #expect(Self.isError(lines.first, 1, -32000))
        #expect(Self.isError(lines.last, 2, -32_800))
        #expect(try await rig.end == (byExit ? .exit(afterShutdown: false) : .stopped))
    }

    @Test func `work that never settles is answered after a third of the time`() async throws {
        let clock = ManualClock()
        let rig = SessionRig(clock: clock)
        rig.client.send(Self.request(1, "keep"), Self.request(2, "keep"))
        await rig.handler.gate.waiters(atLeast: 2)
        rig.client.send(Self.cancel(2))
        await rig.handler.settling.waiters(atLeast: 1)
        rig.session.stop()
        await clock.sleepers(atLeast: 1)
        clock.advance(by: Session.Configuration().stopLimit / 3)
        let lines = await String(decoding: rig.client.rest(), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(Self.isError(lines.first, 1, -32000))
        #expect(Self.isError(lines.last, 2, -32_800))
        #expect(try await rig.end == .stopped)
        rig.handler.settling.open()
        rig.handler.gate.open()
    }
}
