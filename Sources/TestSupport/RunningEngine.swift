package import CoverModel
package import CoverWatch
import Synchronization

/// An engine on a manual clock, what it emitted, and the moves that tests make.
package final class RunningEngine: Sendable {
    package let clock: ManualClock
    package let engine: WatchEngine
    private let emitted = EmittedEvents()
    private let remembersEvents: Bool

    private final class EmittedEvents: Sendable {
        let events = Mutex<[WatchEvent]>([])
    }

    package init(
        _ source: any StatusSource,
        journal: any WatchJournal = MemoryJournal(epoch: "test"),
        configuration: WatchEngine.Configuration = .fast,
        clock: ManualClock = ManualClock(),
        timeline: Timeline? = nil,
        remembersEvents: Bool = true
    ) throws {
        self.clock = clock
        self.remembersEvents = remembersEvents
        engine = try WatchEngine(
            source: source,
            journal: journal,
            timeline: timeline ?? clock.timeline(),
            configuration: configuration,
            seed: 7
        )
    }

    /// Runs the engine while `body` does.
    package func run(_ body: @Sendable (RunningEngine) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { [engine, emitted, remembersEvents] in
                do {
                    try await engine.run { event, _ in
                        if remembersEvents { emitted.events.withLock { $0.append(event) } }
                    }
                } catch is CancellationError {}
            }
            do { try await body(self) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Waits until all that is due has been emitted.
    package func settle() async throws {
        _ = try await engine.sync()
    }

    /// Lets time pass in steps, each with all that is due in it.
    package func pass(_ duration: Duration, step: Duration = .milliseconds(100)) async throws {
        var passed: Duration = .zero
        while passed < duration {
            let move = min(step, duration - passed)
            clock.advance(by: move)
            passed += move
            try await settle()
        }
    }

    package func watch(_ taskIds: TaskID..., interval: Duration = .seconds(1), timeout: Duration? = nil) async throws {
        try await engine.watch(taskIds, interval: interval, timeout: timeout).activate()
        try await settle()
    }

    /// What has been told so far, in short.
    package var events: [String] { emitted.events.withLock { $0.map(\.short) } }
}

extension WatchEngine.Configuration {
    /// So many queries at once that the number never stands in the way.
    package static var fast: Self {
        var configuration = Self()
        configuration.maximumInFlight = 10_000
        return configuration
    }
}

extension WatchEvent {
    /// As in `1 task nil>pending`, `2 task pending>succeeded!`, `3 task ended taskNotFound`, `health rateLimited`.
    package var short: String {
        switch self {
        case .changed(let change):
            "\(change.sequence) \(change.taskId) \(change.previous?.rawValue ?? "nil")>\(change.status.state.rawValue)"
                + (change.final ? "!" : "")
        case .ended(let end): "\(end.sequence) \(end.taskId) ended \(end.reason)"
        case .healthChanged(let health): "health \(health.state.rawValue)"
        }
    }
}

extension WatchStatistics {
    /// Whether nothing is left of any watch, wait or query.
    package var isEmpty: Bool { watches == 0 && waiters == 0 && timers == 0 && inFlight == 0 }
}
