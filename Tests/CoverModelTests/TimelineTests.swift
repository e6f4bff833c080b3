import CoverModel
import TestSupport
import Testing

@Suite struct TimelineTests {
    private let clock = ManualClock()

    /// Starts work that ends only when it is cancelled.
    private func endless(_ gate: Gate) -> Task<Int?, any Error> {
        let timeline = clock.timeline()
        return Task {
            try await timeline.within(.seconds(10)) {
                do { try await timeline.sleep(for: .seconds(1_000_000)) } catch {
                    gate.open()
                    throw error
                }
                return 1
            }
        }
    }

    @Test func aResultInTimeIsReturned() async throws {
        #expect(try await clock.timeline().within(.seconds(10)) { 7 } == 7)
        await #expect(throws: CoverError.self) {
            try await clock.timeline().within(.seconds(10)) { throw CoverError(.unreachable, "no") }
        }
    }

    @Test func workThatTakesTooLongIsCancelled() async throws {
        let gate = Gate()
        let task = endless(gate)
        await clock.sleepers(atLeast: 2)
        clock.advance(by: .seconds(10))
        #expect(try await task.value == nil)
        await gate.pass()
    }

    @Test func aCancelledCallerStopsWaiting() async throws {
        let gate = Gate()
        let task = endless(gate)
        await clock.sleepers(atLeast: 2)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await gate.pass()
    }

    /// Work on a disk that hangs ignores its cancellation.
    @Test func workThatIgnoresItsCancellationIsNotWaitedFor() async throws {
        let gate = Gate()
        let timeline = clock.timeline()
        let task = Task { try await timeline.within(.seconds(10)) { await gate.pass() } }
        await clock.sleepers(atLeast: 1)
        clock.advance(by: .seconds(10))
        #expect(try await task.value == nil)
        gate.open()
    }
}
