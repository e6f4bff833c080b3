#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The clocks of the sandbox. Tests replace them, so that no test must wait.
package struct SandboxClock: Sendable {
    /// The monotonic clock.
    package let now: @Sendable () -> Duration
    /// The wall clock, in milliseconds since 1970.
    package let wallTime: @Sendable () -> Int64
    /// Sleeps for a duration. It throws `CancellationError` if the task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Duration,
        wallTime: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.wallTime = wallTime
        self.sleep = sleep
    }

    /// The clocks of this machine.
    package static var system: SandboxClock {
        let origin = ContinuousClock.now
        return SandboxClock(
            now: { origin.duration(to: .now) },
            wallTime: {
                var time = timespec()
                unsafe clock_gettime(CLOCK_REALTIME, &time)
                return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
            },
            sleep: { try await Task.sleep(for: $0, clock: .continuous) }
        )
    }
}
