import CoverModel
import Synchronization
import Testing

@testable import CoverAPI

@Suite(.timeLimit(.minutes(5)))
struct SingleFlightTests {
    @Test func workWhoseCallerHasLeftDoesNotBegin() async throws {
        let flights = SingleFlight<TaskID, Void>()
        let begins = Atomic(0)
        await #expect(throws: CancellationError.self) {
            try await flights.value(for: "t", joined: { leave in leave() }, shared: { _ in }) { _ in
                begins.add(1, ordering: .relaxed)
            }
        }
        // Work that had begun would have had the time of another flight.
        try await flights.value(for: "t", shared: { _ in }) { _ in await Task.yield() }
        #expect(begins.load(ordering: .relaxed) == 0)
    }

    @Test func theCallersAreInformedOnceThatTheQueryIsSent() async throws {
        let flights = SingleFlight<TaskID, Int>()
        let sent = Atomic(0)
        let answer = try await flights.value(
            for: "t",
            sent: { sent.add(1, ordering: .relaxed) },
            shared: { _ in }
        ) { id in
            flights.markSent(id)
            flights.markSent(id)
            return sent.load(ordering: .relaxed)
        }
        #expect(answer == 1)
        #expect(sent.load(ordering: .relaxed) == 1)
    }
}
