import APITestSupport
import CoverAPI
import CoverModel
import CoverWatch
import Jansson
import Synchronization
import TestSupport
import Testing

/// A reading that a caller causes counts as a poll of the watch.
@Suite(.timeLimit(.minutes(5)))
struct ObservationTests {
    /// The scripted API. Every task has the same state, or every query gets the same error.
    private final class API: Sendable {
        private let reply = Mutex(ScriptedExchange.Reply.json(ServiceRig.envelope("null")))
        private let gate = Mutex<Gate?>(nil)

        func say(flag: Int) {
            let images = flag == 1 ? #"["https://example.com/1.png"]"# : "[]"
            let record = #"{"successFlag":\#(flag),"response":{"images":\#(images)}}"#
            reply.withLock { $0 = .json(ServiceRig.envelope(record)) }
        }

        func say(code: Int) { reply.withLock { $0 = .json(ServiceRig.envelope("null", code: code, message: "no")) } }

        /// From now on, holds back the answers to queries until the gate opens.
        func hold() -> Gate {
            let new = Gate()
            gate.withLock { $0 = new }
            return new
        }

        func rig() throws -> ServiceRig {
            let exchange = ScriptedExchange { _, _ in
                if let gate = self.gate.withLock(\.self) { try await gate.passUnlessCancelled() }
                return self.reply.withLock(\.self)
            }
            return try ServiceRig(source: nil, exchange: exchange)
        }
    }

    private let api = API()

    /// Runs `body` with a service that watches a task. The watch polls again after a day.
    private func watching(_ body: (ServiceRig) async throws -> Void) async throws {
        api.say(flag: 0)
        try await api.rig().run { rig in
            _ = try await rig.call("cover/watch", #"[["t-1"],86400]"#)
            #expect(try await rig.message()["params"]?["status"]?["state"]?.string == "pending")
            try await body(rig)
        }
    }

    @Test func `the answer comes first, then the change that it shows`() async throws {
        try await watching { rig in
            for round in 0..<20 {
                api.say(flag: round % 2 == 0 ? 2 : 3)
                if round % 2 == 1 { break }
                let answer = try await rig.call("cover/status", #"["t-1"]"#)
                #expect(answer["result"]?["state"]?.string == "generating")
                let change = try await rig.message()
                #expect(change["method"]?.string == "cover/statusChanged")
                #expect(change["params"]?["status"]?.jsonText == answer["result"]?.jsonText)
            }
            let answer = try await rig.call("cover/status", #"["t-1"]"#)
            #expect(answer["result"]?["state"]?.string == "failed")
            #expect(try await rig.message()["params"]?["final"]?.bool == true)
            #expect(rig.engine.watches().isEmpty)
            #expect(rig.exchange.requests.count == 3)
        }
    }

    @Test func `a poll and a caller share a query: the answer comes first`() async throws {
        for _ in 0..<20 {
            try await watching { rig in
                api.say(flag: 1)
                let gate = api.hold()
                rig.clock.advance(by: .seconds(100_000))
                await rig.exchange.requests(atLeast: 2)
                rig.send("cover/status", #"["t-1"]"#, id: "1")
                // When the service counts the call as coalesced, the call has joined the query.
                var coalesced: Int64 = 0
                while coalesced == 0 {
                    coalesced = try await rig.call("bridge/stats")["result"]?["client"]?["coalesced"]?.integer ?? 0
                }
                gate.open()
                #expect(try await rig.message()["result"]?["state"]?.string == "succeeded")
                #expect(try await rig.message()["params"]?["final"]?.bool == true)
                #expect(rig.exchange.requests.count == 2)
            }
        }
    }

    @Test(arguments: [429, 455]) func `a throttling that a caller meets pauses the watches`(_ code: Int) async throws {
        for method in ["cover/status", "cover/generate", "account/credits"] {
            try await watching { rig in
                api.say(code: code)
                rig.send(method, method == "account/credits" ? nil : #"["t-1"]"#, id: "1")
                var health = try await rig.message()
                // The error of an order may come before this notification, because the client does not repeat orders.
                if health["method"] == nil { health = try await rig.message() }
                #expect(health["method"]?.string == "bridge/healthChanged", "\(method)")
                #expect(health["params"]?["state"]?.string == (code == 429 ? "rateLimited" : "maintenance"))
                rig.send("cover/watch", #"[["t-2"],1]"#, id: "2")
                rig.send("cover/sync", id: "3")
                // The error of the order may also come after the notification.
                var sync = try await rig.message()
                while sync["id"]?.integer != 3 { sync = try await rig.message() }
                #expect(sync["result"] != nil)
                #expect(!rig.exchange.requests.contains { $0.url.hasSuffix("=t-2") })
            }
        }
    }

    @Test func `a refusal of a caller ends the watch, as its own poll would`() async throws {
        try await watching { rig in
            api.say(code: 401)
            let answer = try await rig.call("cover/status", #"["t-1"]"#)
            #expect(answer["error"]?["code"]?.integer == 401)
            #expect(try await rig.message()["params"]?["reason"]?.string == "unauthorized")
            #expect(rig.engine.watches().isEmpty)
        }
    }

    @Test func `a wait ends with what another caller read`() async throws {
        try await watching { rig in
            rig.send("cover/wait", #"["t-1"]"#, id: "7")
            while rig.engine.statistics.waiters == 0 { await Task.yield() }
            api.say(flag: 1)
            #expect(try await rig.call("cover/status", #"["t-1"]"#)["result"]?["final"]?.bool == true)
            let messages = [try await rig.message(), try await rig.message()]
            #expect(messages.contains { $0["id"]?.integer == 7 && $0["result"]?["final"]?.bool == true })
            #expect(messages.contains { $0["params"]?["final"]?.bool == true })
        }
    }
}
