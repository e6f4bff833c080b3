import JSONRPC
import TestSupport
import Testing

/// If a request is cancelled before its work begins, its work never begins.
@Suite(.timeLimit(.minutes(5)))
struct WithdrawnWorkTests {
    private static func order(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"order"}"# }

    private static func cancel(_ id: Int, _ kind: Cancellation = .languageServer) -> String {
        switch kind {
        case .languageServer: #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#
        case .modelContext: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
        }
    }

    private static let exit = #"{"jsonrpc":"2.0","method":"exit"}"#

    /// The requests and the cancellation come in one write. So the cancellation has arrived before the first request
    /// could begin.
    @Test(arguments: [Cancellation.languageServer, .modelContext])
    func aRequestCancelledInTheSameWriteNeverBegins(kind: Cancellation) async throws {
        var configuration = Session.Configuration()
        configuration.cancellation = kind
        let rig = SessionRig(configuration)
        rig.client.sendRaw((0..<400).map { Self.order($0) + "\n" + Self.cancel($0, kind) + "\n" }.joined())
        rig.client.sendRaw(Self.order(400) + "\n")
        rig.client.endInput()
        let answers = await String(decoding: rig.client.rest(), as: UTF8.self).split(separator: "\n")
        #expect(try await rig.end == .endOfInput)
        #expect(answers.count(where: { $0.contains("-32800") }) == (kind == .languageServer ? 400 : 0))
        #expect(answers.last == #"{"jsonrpc":"2.0","id":400,"result":{}}"#)
        #expect(rig.handler.orders == 1)
    }

    @Test(arguments: [Cancellation.languageServer, .modelContext])
    func cancelledMembersOfABatch(kind: Cancellation) async throws {
        var configuration = Session.Configuration()
        configuration.cancellation = kind
        let rig = SessionRig(configuration)
        let batch = (0..<200).map(Self.order).joined(separator: ",")
        rig.client.sendRaw("[\(batch)]\n" + (0..<199).map { Self.cancel($0, kind) + "\n" }.joined())
        rig.client.endInput()
        let answer = await String(decoding: rig.client.rest(), as: UTF8.self)
        #expect(answer.contains(#"{"jsonrpc":"2.0","id":199,"result":{}}]"#))
        #expect(rig.handler.orders == 1)
    }

    /// If a request is sent again with the same id after a cancellation, it is a new request.
    @Test func theSecondRequestWithTheSameIDBegins() async throws {
        let rig = SessionRig()
        rig.client.send(Self.order(1), Self.cancel(1), Self.order(1))
        #expect(await rig.client.line()?.contains("-32800") == true)
        #expect(await rig.client.line() == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        #expect(rig.handler.orders == 1)
    }

    @Test(arguments: [false, true])
    func theSessionEndsInTheSameWrite(isOrderly: Bool) async throws {
        let rig = SessionRig()
        let shutdown = #"{"jsonrpc":"2.0","id":"down","method":"shutdown"}"#
        let end = isOrderly ? shutdown + "\n" + Self.exit : Self.exit
        rig.client.sendRaw((0..<300).map { Self.order($0) + "\n" }.joined() + end + "\n" + Self.order(300) + "\n")
        let answers = await String(decoding: rig.client.rest(), as: UTF8.self).split(separator: "\n")
        #expect(try await rig.end == .exit(afterShutdown: isOrderly))
        #expect(answers.count(where: { $0.contains(#""code":-32000"#) }) == 301)
        #expect(rig.handler.orders == 0)
    }

    @Test func theEndOfInputCancelsNothing() async throws {
        let rig = SessionRig()
        rig.client.sendRaw((0..<300).map { Self.order($0) + "\n" }.joined())
        rig.client.endInput()
        _ = await rig.client.rest()
        #expect(try await rig.end == .endOfInput)
        #expect(rig.handler.orders == 300)
    }

    @Test(arguments: [false, true])
    func aSessionThatIsStoppedBeginsNothing(byHangUp: Bool) async throws {
        let rig = SessionRig()
        rig.client.send(#"{"jsonrpc":"2.0","id":"first","method":"hold"}"#)
        await rig.handler.gate.waiters(atLeast: 1)
        if byHangUp { rig.session.hangUp() } else { rig.session.stop() }
        rig.client.send(Self.order(1))
        #expect(try await rig.end == (byHangUp ? .outputClosed : .stopped))
        await rig.client.allSent()
        #expect(rig.handler.orders == 0)
    }
}
