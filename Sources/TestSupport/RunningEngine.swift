package import CoverModel
package import CoverWatch
import Synchronization

/// A watch engine on a manual clock. This type records the events of the engine, and has functions that move the time.
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

    /// Runs the engine while `body` runs.
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

    /// Waits until the engine has emitted all events that are due.
    package func settle() async throws {
        _ = try await engine.sync()
    }

    /// Moves the time in steps. In each step, the engine does the work that is due.
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

    /// The events emitted so far, in short form.
    package var events: [String] { emitted.events.withLock { $0.map(\.short) } }
}

extension WatchEngine.Configuration {
    /// A configuration that allows so many queries at once that the limit has no effect.
    package static var fast: Self {
        var configuration = Self()
        configuration.maximumInFlight = 10_000
        return configuration
    }
}

extension WatchEvent {
    /// The event in short form, such as `1 task nil>pending`, `2 task pending>succeeded!`, `3 task ended taskNotFound`,
    /// `health rateLimited`.
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
    /// Whether no watch, wait or query is left.
    package var isEmpty: Bool { watches == 0 && waiters == 0 && timers == 0 && inFlight == 0 }
}
