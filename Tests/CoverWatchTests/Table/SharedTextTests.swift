import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Texts that are equal in nearly all statuses take memory once.
struct SharedTextTests {
    @Test func equalCallbackUrlsOfSeveralTasksAreOneText() {
        var simulation = Simulation(seed: 1)
        simulation.watch(["a", "b", "c"], interval: .seconds(1))
        for query in simulation.tick() {
            var status = CoverStatus.scripted(query.taskId, .pending)
            // Each status has texts of its own, as from a parser.
            let url = query.taskId == "c" ? "https://api.example.com/another" : "https://api.example.com/callback"
            status.callbackUrl = String(decoding: Array(url.utf8), as: UTF8.self)
            simulation.read(query, .success(status))
        }
        let urls = simulation.table.watches(at: simulation.moment).compactMap(\.last?.callbackUrl)
        #expect(
            urls.sorted() == [
                "https://api.example.com/another", "https://api.example.com/callback",
                "https://api.example.com/callback",
            ]
        )
        #expect(Set(urls.map(address)).count == 2)
    }

    /// Where the bytes of a text are.
    private func address(_ text: String) -> UInt {
        var text = text
        return text.withUTF8 { UInt(bitPattern: $0.baseAddress) }
    }
}
