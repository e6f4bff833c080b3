/// The source of time: a monotonic clock for scheduling, and the wall clock for people.
///
/// It is injected, so that tests need not wait. A moment is a duration since the timeline was created.
public struct Timeline: Sendable {
    private let clock: @Sendable () -> Duration
    private let sleeper: @Sendable (Duration) async throws -> Void
    private let wall: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - clock: the monotonic clock. Its reading now becomes moment zero.
    ///   - wall: reads the wall clock.
    public init<C: Clock<Duration>>(_ clock: C, wall: @escaping @Sendable () -> Timestamp) {
        let origin = clock.now
        self.clock = { origin.duration(to: clock.now) }
        sleeper = { try await clock.sleep(until: origin.advanced(by: $0), tolerance: nil) }
        self.wall = wall
    }

    /// The current moment. `ContinuousClock` also counts the time while the machine sleeps.
    public var now: Duration { clock() }

    /// The time of the wall clock, which may jump.
    public var wallTime: Timestamp { wall() }

    /// Sleeps until a moment.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public func sleep(until moment: Duration) async throws { try await sleeper(moment) }

    /// Sleeps for a duration.
    ///
    /// - Throws: `CancellationError` if the task is cancelled.
    public func sleep(for duration: Duration) async throws { try await sleeper(now + duration) }

    /// The result of `work` if it finishes within the limit. Otherwise the result is nil, the work is cancelled, and
    /// this function does not wait for the work.
    ///
    /// - Throws: what `work` throws; `CancellationError` if the task is cancelled.
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
