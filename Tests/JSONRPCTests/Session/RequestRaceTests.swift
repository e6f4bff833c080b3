import Jansson
import TestSupport
import Testing

@testable import JSONRPC

/// Both sides make many requests at once.
@Suite(.timeLimit(.minutes(5)))
struct RequestRaceTests {
    private struct Number: JSONEncodable {
        let value: Int

        func encode(to writer: inout JSONWriter) { writer.array { $0.element(value) } }
    }

    /// Both sides use the same numbers as ids of their requests. Each answer must reach the request of its own side.
    @Test(arguments: Framing.allCases)
    func bothSidesSendRequestsAtOnce(framing: Framing) async throws {
        var configuration = Session.Configuration()
        configuration.framing = framing
        let (near, far) = InMemoryTransport.pair(capacity: 8192)
        let sides = [near, far].map {
            Session(transport: $0, handler: ScriptedSessionHandler(), configuration: configuration)
        }
        let running = sides.map { side in Task { try await side.run() } }
        let wrong = await withTaskGroup(of: Bool.self) { group in
            for side in sides {
                for value in 0..<500 {
                    group.addTask {
                        switch value % 3 {
                        case 0: (try? await side.request("echo", Number(value: value)))?.jsonText != "[\(value)]"
                        case 1: (try? await side.request("late"))?.jsonText != "{}"
                        default: await Self.code(of: "refuseLate", side) != 429
                        }
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wrong == 0)
        for side in sides {
            #expect(side.statistics.requests == 500)
            #expect(side.statistics.outgoing == 0)
            side.stop()
        }
        for life in running { _ = try await life.value }
    }

    /// The code of the error with which the peer answers this method.
    private static func code(of method: String, _ session: Session) async -> Int? {
        do {
            _ = try await session.request(method)
            return nil
        } catch {
            if case .refused(let error) = error.reason { return error.code }
            return nil
        }
    }

    /// A request is always sent before its cancellation. A request that was never sent is never cancelled.
    @Test func aCancellationFollowsItsRequest() async throws {
        var configuration = Session.Configuration()
        configuration.framing = .newlineDelimited
        let rig = SessionRig(configuration)
        let asked = await withTaskGroup(of: String.self) { group in
            for number in 0..<800 {
                group.addTask {
                    let asking = Task { await rig.outcome("ask") }
                    for _ in 0..<number % 7 { await Task.yield() }
                    asking.cancel()
                    return await asking.value
                }
            }
            return await group.reduce(into: 0) { $0 += $1 == "cancelled" ? 1 : 0 }
        }
        #expect(asked == 800)
        #expect(rig.session.statistics.outgoing == 0)
        rig.client.endInput()
        var open: Set<Int64> = []
        var sent = 0
        for line in await String(decoding: rig.client.rest(), as: UTF8.self).split(separator: "\n") {
            let message = try JSONValue(parsing: String(line))
            if let id = message["id"]?.integer {
                open.insert(id)
                sent += 1
            } else {
                let id = try #require(message["params"]?["id"]?.integer)
                #expect(open.remove(id) != nil, "the cancellation of \(id) has no request before it")
            }
        }
        #expect(open.isEmpty)
        #expect(sent > 0)
    }

    /// The peer sends the answers in any order, twice, late and without a request, in chunks of random sizes.
    @Test(arguments: Framing.allCases, [1, 2, 3, 4] as [UInt64])
    func eachRequestGetsItsOwnAnswer(framing: Framing, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var configuration = Session.Configuration()
        configuration.framing = framing
        let rig = SessionRig(configuration)
        let count = 200
        let asking = (0..<count).map { number in Task { (number, await rig.outcome("ask", ["number": number])) } }
        var answers: [String] = []
        for _ in 0..<count {
            let request = try JSONValue(parsing: #require(await rig.client.message(framing)))
            let id = try #require(request["id"]?.integer)
            let number = try #require(request["params"]?["number"]?.integer)
            answers.append(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(number)}"#)
        }
        answers.shuffle(using: &generator)
        var stream: [UInt8] = []
        for (index, answer) in answers.enumerated() {
            let earlier = answers[Int.random(in: 0...index, using: &generator)]
            let unknown = #"{"jsonrpc":"2.0","id":\#(count + 1 + index),"result":"unknown"}"#
            for message in [answer, earlier, unknown].shuffled(using: &generator) {
                stream += Self.frame("[\(message),\(unknown)]", framing)
            }
        }
        var start = 0
        for end in generator.splits(of: stream.count) + [stream.count] {
            rig.client.sendRaw(Array(stream[start..<end]))
            start = end
        }
        for task in asking {
            let (number, outcome) = await task.value
            #expect(outcome == "\(number)")
        }
        rig.client.endInput()
        #expect(await rig.client.rest().isEmpty)
    }

    private static func frame(_ message: String, _ framing: Framing) -> [UInt8] {
        switch framing {
        case .newlineDelimited: Array("\(message)\n".utf8)
        case .contentLength: Array("Content-Length: \(message.utf8.count)\r\n\r\n\(message)".utf8)
        }
    }
}
