import CoverModel
import CoverWatch
import Synchronization
import TestSupport
import Testing

/// Tests the engine and its journal together. There are calls, commits that are late, out of order, failing or hanging,
/// and kills at any moment. Whatever the answer of a call promises is still true after every kill.
@Suite struct JournalModelTests {
    /// The scripted tasks. A stage is the progress of a task: 0 is pending, 1 is generating, 2 is succeeded.
    private final class World: Sendable {
        let stages = Mutex<[TaskID: Int]>([:])

        func advance(_ taskId: TaskID, to stage: Int? = nil) {
            stages.withLock { $0[taskId] = min(2, stage ?? (($0[taskId] ?? 0) + 1)) }
        }

        func status(of taskId: TaskID) -> CoverStatus {
            .scripted(taskId, [.pending, .generating, .succeeded][stages.withLock { $0[taskId] ?? 0 }])
        }
    }

    /// What the answers to calls have promised to users.
    private final class Promises: Sendable {
        struct State {
            var calls = 0
            /// For each task, the last call about the task, and whether the call was answered.
            var last: [TaskID: (call: Int, watches: Bool, isAnswered: Bool)] = [:]
            /// The intervals of calls that were cancelled while the engine worked on them, and that were then answered.
            var takenBack: Set<Duration> = []
            var emitted: [JournalEntry] = []
            var faults: [String] = []
        }

        let state = Mutex(State())

        func begin(_ taskId: TaskID, watches: Bool) -> Int {
            state.withLock { state in
                state.calls += 1
                state.last[taskId] = (state.calls, watches, false)
                return state.calls
            }
        }

        func answered(_ call: Int, _ taskId: TaskID) {
            state.withLock { if $0.last[taskId]?.call == call { $0.last[taskId]?.isAnswered = true } }
        }

        /// Begins a call that will be cancelled. After the cancellation, the promise from before the call holds again.
        func beginInVain(_ taskId: TaskID) -> (call: Int, takenBack: @Sendable (Duration) -> Void) {
            let before = state.withLock { $0.last[taskId] }
            let call = begin(taskId, watches: true)
            return (
                call,
                { interval in
                    self.state.withLock { state in
                        state.takenBack.insert(interval)
                        if state.last[taskId]?.call == call { state.last[taskId] = before }
                    }
                }
            )
        }

        func emit(_ event: WatchEvent, _ disk: UnsteadyJournal.Disk) {
            let entry: JournalEntry
            switch event {
            case .changed(let change): entry = .changed(change)
            case .ended(let end): entry = .ended(end)
            case .healthChanged: return
            }
            state.withLock { state in
                if !disk.entries.contains(where: { $0.sequence == entry.sequence && $0.taskId == entry.taskId }) {
                    state.faults.append("\(entry.sequence) was emitted, and is not in the journal")
                }
                if let last = state.last[entry.taskId], !last.watches, last.isAnswered {
                    state.faults.append("\(entry.taskId) was emitted after it was unwatched")
                }
                state.emitted.append(entry)
            }
        }
    }

    /// One run of the process, from its start to its kill.
    private struct Life {
        let journal: UnsteadyJournal
        let engine: WatchEngine
        let clock: ManualClock
        var running: Task<Void, Never>?
        var calls: [Task<Void, Never>] = []

        init(_ disk: UnsteadyJournal.Disk, _ world: World, seed: UInt64) throws {
            journal = UnsteadyJournal(disk)
            clock = ManualClock()
            engine = try WatchEngine(
                source: ScriptedStatusSource { taskId, _ in world.status(of: taskId) },
                journal: journal,
                timeline: clock.timeline(),
                configuration: .fast,
                seed: seed
            )
        }

        mutating func run(_ promises: Promises) {
            guard running == nil else { return }
            let (engine, journal) = (engine, journal)
            running = Task { try? await engine.run { event, _ in promises.emit(event, journal.disk) } }
        }

        mutating func watch(_ taskId: TaskID, seconds: Int, isTakenBack: Bool, _ promises: Promises) {
            guard let pending = try? engine.register([taskId], interval: .seconds(seconds)) else { return }
            // A call that is cancelled here never counts as answered, so it promises nothing to users.
            let call = promises.begin(taskId, watches: true)
            calls.append(
                Task {
                    guard !isTakenBack, (try? await pending.commit()) != nil else { return pending.rollback() }
                    if call.isMultiple(of: 2) {
                        // The call is a member of a batch, and its answer waits for the other members.
                        pending.postpone()
                        for _ in 0..<5 { await Task.yield() }
                    }
                    promises.answered(call, taskId)
                    pending.activate()
                }
            )
        }

        /// Makes a call that is cancelled while the engine works on it. The call is answered after the rollback.
        mutating func watchInVain(_ taskId: TaskID, yields: Int, _ promises: Promises) {
            let (call, takenBack) = promises.beginInVain(taskId)
            // The interval is unique, so that a watch of this call can be recognised.
            let interval = Duration.seconds(1000 + call)
            guard let pending = try? engine.register([taskId], interval: interval) else { return }
            calls.append(
                Task {
                    let work = Task { try? await pending.commit() }
                    for _ in 0..<yields { await Task.yield() }
                    work.cancel()
                    if (try? await pending.rolledBack()) != nil { takenBack(interval) }
                    await work.value
                }
            )
        }

        mutating func unwatch(_ taskId: TaskID, _ promises: Promises) {
            guard let decision = try? engine.unwatch([taskId]) else { return }
            let call = promises.begin(taskId, watches: false)
            calls.append(Task { if (try? await decision.settled()) != nil { promises.answered(call, taskId) } })
        }

        func kill(using random: inout SplitMix64) async {
            journal.die(using: &random)
            running?.cancel()
            await running?.value
            // If the engine never ran, it has not answered its calls. Running and cancelling the engine ends the calls.
            if running == nil { try? await engine.runCancelled() }
            for call in calls { await call.value }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...10 as ClosedRange<UInt64>)
    func `what was answered holds over every kill`(_ seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let (world, promises) = (World(), Promises())
        let ids = (0..<12).map { TaskID("task \($0)") }
        var life = try Life(UnsteadyJournal.Disk(), world, seed: seed)
        var kills = 0
        for step in 0..<10_000 {
            let taskId = ids[Int.random(in: 0..<ids.count, using: &random)]
            switch Int.random(in: 0..<1000, using: &random) {
            case 0..<120:
                // Sometimes the task starts again, as if a user had ordered it again.
                if Int.random(in: 0..<3, using: &random) == 0 { world.advance(taskId, to: 0) }
                let seconds = Int.random(in: 1...5, using: &random)
                life.watch(taskId, seconds: seconds, isTakenBack: .seconds(seconds) == Self.takenBack, promises)
            case 120..<220: life.unwatch(taskId, promises)
            case 220..<330: world.advance(taskId)
            case 330..<480: life.clock.advance(by: .milliseconds(Int.random(in: 1...3000, using: &random)))
            case 480..<900: life.journal.complete(using: &random)
            case 900..<940: life.run(promises)
            case 940..<980:
                life.watchInVain(taskId, yields: Int.random(in: 0..<12, using: &random), promises)
            case 980..<984: life.journal.fail()
            case 984..<988:
                await life.kill(using: &random)
                kills += 1
                try Self.check(life.journal.disk, promises, "seed \(seed), step \(step)")
                life = try Life(life.journal.disk, world, seed: random.next())
            default: break
            }
            for _ in 0..<Int.random(in: 0..<4, using: &random) { await Task.yield() }
        }
        #expect(kills > 20)
        #expect(promises.state.withLock(\.takenBack).count > 20)
        // This is the last kill during the work. The next run continues until all tasks end.
        await life.kill(using: &random)
        try Self.check(life.journal.disk, promises, "seed \(seed), the end")
        for taskId in ids { world.advance(taskId, to: 2) }
        life = try Life(life.journal.disk, world, seed: 1)
        life.journal.steady()
        life.run(promises)
        while !life.engine.watches().isEmpty {
            life.clock.advance(by: .seconds(1))
            _ = try await life.engine.sync()
        }
        _ = try await life.engine.sync()
        let disk = life.journal.disk
        #expect(disk.watches.isEmpty)
        await life.kill(using: &random)
        try Self.check(disk, promises, "seed \(seed), after the end")
    }

    /// The interval of the calls that are cancelled before the engine works on them.
    private static let takenBack: Duration = .seconds(5)

    private static func check(_ disk: UnsteadyJournal.Disk, _ promises: Promises, _ place: String) throws {
        let state = promises.state.withLock(\.self)
        try #require(state.faults.isEmpty, "\(place): \(state.faults)")
        // Every entry appears once, and the numbers have no gap.
        try #require(disk.entries.enumerated().allSatisfy { $0.element.sequence == Int64($0.offset + 1) }, "\(place)")
        for (taskId, last) in state.last where last.isAnswered {
            let isWatched = disk.watches[taskId] != nil
            if last.watches {
                let hasEnded = disk.entries.last { $0.taskId == taskId }?.endsWatch == true
                try #require(isWatched || hasEnded, "\(place): the watch of \(taskId) is lost")
            } else {
                try #require(!isWatched, "\(place): the watch of \(taskId) has come back")
            }
        }
        // A call that was cancelled before the engine worked on it leaves no trace.
        try #require(disk.watches.values.allSatisfy { $0.interval != takenBack }, "\(place)")
        try #require(disk.watches.values.allSatisfy { !state.takenBack.contains($0.interval) }, "\(place)")
        // Each emitted entry is equal to the entry in the journal.
        for entry in state.emitted {
            let kept = disk.entries.first { $0.sequence == entry.sequence }
            try #require(kept?.taskId == entry.taskId && kept?.endsWatch == entry.endsWatch, "\(place)")
        }
    }
}

extension WatchEngine {
    /// Ends an engine that never ran.
    fileprivate func runCancelled() async throws {
        let task = Task { try await self.run { _, _ in } }
        task.cancel()
        try await task.value
    }
}
