import CoverModel
import Jansson
import TestSupport
import Testing

/// Tests what `cover/watch` and `cover/watches` return about a watch.
@Suite(.timeLimit(.minutes(5)))
struct WatchListTests {
    @Test func `a second watch begins with the status of the task`() async throws {
        try await ServiceRig(source: ScriptedStatusSource(states: [.pending, .generating])).run { rig in
            let first = try await rig.call("cover/watch", #"[["t-1"],1]"#)["result"]?["watches"]?.element(0)
            #expect(first?["last"]?.isNull == true)
            #expect(first?["state"]?.isNull == true)
            let pending = try await rig.message()["params"]?["status"]
            #expect(try await rig.last(of: "t-1")?.jsonText == pending?.jsonText)
            rig.clock.advance(by: .seconds(2))
            let generating = try await rig.message()["params"]?["status"]
            #expect(generating?["state"]?.string == "generating")
            // A poll that gives the same status again is no change, so `last` keeps its time.
            for _ in 0..<3 {
                rig.clock.advance(by: .seconds(2))
                #expect(try await rig.call("cover/sync")["result"] != nil)
            }
            #expect(rig.source.queries > 3)
            let second = try await rig.call("cover/watch", #"[["t-1"],1]"#)["result"]?["watches"]?.element(0)
            #expect(second?["last"]?.jsonText == generating?.jsonText)
            #expect(second?["state"]?.string == "generating")
            #expect(try await rig.last(of: "t-1")?.jsonText == generating?.jsonText)
        }
    }

    @Test func `a task that the journal knows as final comes with its status`() async throws {
        try await ServiceRig(source: ScriptedStatusSource(states: [.succeeded])).run { rig in
            _ = try await rig.call("cover/watch", #"[["t-1"]]"#)
            let status = try await rig.message()["params"]?["status"]
            let again = try await rig.call("cover/watch", #"[["t-1"]]"#)["result"]?["watches"]?.element(0)
            #expect(again?["state"]?.string == "succeeded")
            #expect(again?["last"]?.jsonText == status?.jsonText)
        }
    }

    @Test func `watches come in pages that nothing disturbs`() async throws {
        try await ServiceRig().run { rig in
            _ = try await rig.call("cover/watch", #"[["d","b","é","a","c","B"],86400]"#)
            for _ in 0..<6 { _ = try await rig.message() }
            #expect(try await rig.pages(limit: nil) == [["B", "a", "b", "c", "d", "é"]])
            #expect(try await rig.pages(limit: 2) == [["B", "a"], ["b", "c"], ["d", "é"]])
            // A watch may end between two pages. The next page can still begin after its id.
            _ = try await rig.call("cover/unwatch", #"[["a","b"]]"#)
            let page = try await rig.call("cover/watches", #"{"after":"a","limit":1}"#)
            #expect(page["result"]?["watches"]?.elements?.map { $0["taskId"]?.string } == ["c"])
        }
    }
}

extension ServiceRig {
    fileprivate func last(of taskId: String) async throws -> JSONValue? {
        let watches = try await call("cover/watches")["result"]?["watches"]?.elements
        return watches?.first { $0["taskId"]?.string == taskId }?["last"]
    }

    /// The ids of all watches. Each element holds the ids of one page.
    fileprivate func pages(limit: Int?) async throws -> [[String]] {
        var pages: [[String]] = []
        while true {
            let after = pages.last?.last.map { #","after":"\#($0)""# } ?? ""
            let answer = try await call("cover/watches", limit.map { #"{"limit":\#($0)\#(after)}"# })
            let ids = (answer["result"]?["watches"]?.elements ?? []).compactMap { $0["taskId"]?.string }
            if ids.isEmpty { return pages }
            pages.append(ids)
            if ids.count != limit { return pages }
        }
    }
}
