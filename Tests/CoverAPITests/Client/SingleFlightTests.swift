import CoverModel
import Glibc
import Synchronization
import Testing

@testable import CoverAPI

@Suite(.timeLimit(.minutes(5)))
struct SingleFlightTests {
    /// Otherwise another thread would be woken only to send the query.
    @Test func workThatStartsAtOnceRunsOnTheThreadOfItsCaller() async throws {
        let flights = SingleFlight<TaskID, Bool>()
        let caller = Mutex<pthread_t?>(nil)
        let isSame = try await flights.value(
            for: "t",
            joined: { _ in caller.withLock { $0 = pthread_self() } },
            startsAtOnce: true,
            shared: { _ in }
        ) { _ in
            let isSame = caller.withLock { $0 == pthread_self() }
            await Task.yield()
            return isSame
        }
        #expect(isSame)
    }

    @Test(arguments: [true, false]) func workWhoseCallerHasLeftDoesNotBegin(atOnce: Bool) async {
        let flights = SingleFlight<TaskID, Void>()
        let begins = Atomic(0)
        await #expect(throws: CancellationError.self) {
            try await flights.value(
                for: "t",
                joined: { leave in leave() },
                startsAtOnce: atOnce,
                shared: { _ in }
            ) { _ in begins.add(1, ordering: .relaxed) }
        }
        // The next flight ends after the work of the first would have begun.
        try? await flights.value(for: "t", shared: { _ in }) { _ in }
        #expect(begins.load(ordering: .relaxed) == 0)
    }

    @Test func aFlightThatIsCancelledWhileItBeginsEnds() async {
        let flights = SingleFlight<TaskID, Void>()
        await #expect(throws: CancellationError.self) {
            try await flights.value(for: "t", startsAtOnce: true, shared: { _ in }) { id in
                flights.cancel(id)
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }

    @Test func theCallersAreInformedOnceThatTheQueryIsSent() async throws {
        let flights = SingleFlight<TaskID, Int>()
        let sent = Atomic(0)
        let answer = try await flights.value(
            for: "t",
            sent: { sent.add(1, ordering: .relaxed) },
            startsAtOnce: true,
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
