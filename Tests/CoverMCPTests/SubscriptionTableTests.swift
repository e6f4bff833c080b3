import CoverAPI
import CoverModel
import JSONRPC
import Jansson
import Testing

@testable import CoverMCP

@Suite
struct SubscriptionTableTests {
    private let stream: AsyncStream<Never>
    private let end: AsyncStream<Never>.Continuation

    init() { (stream, end) = AsyncStream.makeStream(of: Never.self) }

    private func written(_ notices: [Notice]) -> [String] {
        notices.map {
            "\($0.uri?.text ?? "list") \($0.subscription.map { String(decoding: $0, as: UTF8.self) } ?? "-")"
        }
    }

    @Test func notifiesEachRevisionInItsForm() {
        var table = SubscriptionTable()
        table.subscribe("cover://tasks/a", .task("a"))
        let listener = table.open(Array("7".utf8), ["cover://tasks/%61": .task("a")], wantsList: true, end)
        #expect(written(table.notices { $0 == .task("a") }) == ["cover://tasks/a -"], "the acknowledgement comes first")
        #expect(written(table.acknowledge(listener)) == ["cover://tasks/%61 7"], "and what happened meanwhile after it")
        #expect(written(table.notices { $0 == .task("a") }) == ["cover://tasks/a -", "cover://tasks/%61 7"])
        #expect(table.notices { $0 == .task("b") }.isEmpty)
        #expect(written(table.listNotices(isKnown: true)) == ["list -", "list 7"])
        #expect(written(table.listNotices(isKnown: false)) == ["list 7"])
        table.unsubscribe("cover://tasks/a")
        table.close(listener)
        #expect(table.notices { _ in true }.isEmpty)
    }

    @Test func givesBackUnneededWatches() {
        var table = SubscriptionTable()
        table.subscribe("cover://tasks/a", .task("a"))
        let listener = table.open([], ["x": .image("a", 1), "y": .task("b"), "z": .task("c")], wantsList: false, end)
        #expect(table.borrow(["a", "b", "c"]) == ["a", "b", "c"])
        #expect(table.borrow(["a", "d"]) == ["d"])
        table.claim(["d"])
        #expect(table.returned().isEmpty)
        table.claim(["c"])
        table.close(listener)
        #expect(table.returned() == ["b"], "a is subscribed to still, c is watched for its own sake")
        table.unsubscribe("cover://tasks/a")
        #expect(table.returned() == ["a"])
        #expect(table.returned().isEmpty)
    }

    /// Swift's `String` treats these URIs as equal, but the table must not.
    @Test func differentTasksHaveDifferentURIs() {
        let (one, other): (ResourceURI, ResourceURI) = ("cover://tasks/café", "cover://tasks/cafe\u{301}")
        var table = SubscriptionTable()
        table.subscribe(one, .task("café"))
        table.subscribe(other, .task("cafe\u{301}"))
        #expect(table.notices { $0 == .task("café") }.map(\.uri) == [one])
        #expect(table.borrow(["café", "cafe\u{301}"]).count == 2)
        table.unsubscribe(other)
        #expect(table.returned() == ["cafe\u{301}"])
        #expect(table.notices { $0 == .task("café") }.map(\.uri) == [one])
    }

    @Test func aSubscriptionAfterTheEndEndsAtOnce() async {
        var table = SubscriptionTable()
        #expect(table.endAll().isEmpty)
        _ = table.open([], [:], wantsList: true, end)
        for await _ in stream {}
    }
}
