import Synchronization
import Testing

@testable import CoverMCP

@Suite
struct AsyncMutexTests {
    private final class Counter: Sendable {
        private let count = Mutex(0)

        @discardableResult
        func add(_ number: Int) -> Int {
            count.withLock { count in
                count += number
                return count
            }
        }
    }

    @Test func callersHoldTheLockOneAfterTheOther() async {
        let turnstile = AsyncMutex()
        let (inside, passed) = (Counter(), Counter())
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    await turnstile.withLock {
                        #expect(inside.add(1) == 1)
                        await Task.yield()
                        inside.add(-1)
                        passed.add(1)
                    }
                }
            }
        }
        #expect(passed.add(0) == 100)
    }

    @Test func anErrorReleasesTheLock() async throws {
        let turnstile = AsyncMutex()
        await #expect(throws: CancellationError.self) { try await turnstile.withLock { throw CancellationError() } }
        #expect(await turnstile.withLock { 7 } == 7)
    }
}
