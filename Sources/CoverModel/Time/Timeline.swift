/// The time that everything here lives by: a monotonic clock to schedule on, and the wall clock to tell people.
///
/// Injected, so that tests need not wait. Moments are durations since the timeline was made.
public struct Timeline: Sendable {
    private let clock: @Sendable () -> Duration
    private let sleeper: @Sendable (Duration) async throws -> Void
    private let wall: @Sendable () -> Timestamp

    public init<C: Clock<Duration>>(_ clock: C, wall: @escaping @Sendable () -> Timestamp) {
        let origin = clock.now
        self.clock = { origin.duration(to: clock.now) }
        sleeper = { try await clock.sleep(until: origin.advanced(by: $0), tolerance: nil) }
        self.wall = wall
    }

    /// The moment it is now. `ContinuousClock` counts the time that the machine sleeps.
    public var now: Duration { clock() }

    /// The wall clock's time, which may jump.
    public var wallTime: Timestamp { wall() }

    /// Sleeps until a moment. Throws `CancellationError` when the task is cancelled.
    public func sleep(until moment: Duration) async throws { try await sleeper(moment) }

    /// Sleeps for so long. Throws `CancellationError` when the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await sleeper(now + duration) }

    /// What `work` brings within so much time; nil where that is nothing: it is cancelled then, and not waited for.
    public func within<Value: Sendable>(
        _ limit: Duration,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let (results, sink) = AsyncStream.makeStream(of: Result<Value, any Error>?.self)
        let worker = Task {
            do { sink.yield(.success(try await work())) } catch { sink.yield(.failure(error)) }
        }
        let timer = Task {
            try await sleep(for: limit)
            sink.yield(nil)
        }
        defer {
            worker.cancel()
            timer.cancel()
        }
        for await result in results { return try result?.get() }
        throw CancellationError()
    }
}
