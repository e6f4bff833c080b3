import CoverModel
import CoverWatch
import TestSupport
import Testing

/// Compares the table with a model that knows only the promises to users. The events are random: watches, unwatches,
/// faults, time steps and readings of callers.
@Suite struct ModelTests {
    /// What the model expects of a watched task.
    private struct Expectation {
        var sent: CoverState?
        var graceEnd: Duration
        /// The moment at which the next poll is due. Among equal moments, the smaller order comes before the larger.
        var deadline: (due: Duration, order: Int)?
        /// A number that differs from those of earlier watches of the same task. Queries of earlier watches may still
        /// be in flight.
        var generation: Int
        var emptyPolls = 0
        /// Whether the last status was a success without images that did not count yet.
        var isWithheld = false
        /// The number of the newest reading.
        var number: UInt64 = 0
    }

    /// A reading that is held back until callers are answered.
    private struct Held {
        let taskId: TaskID
        let number: UInt64
        let result: Result<CoverStatus, CoverError>
        /// The generation of the watch that polled. Nil means that a caller made the reading.
        let generation: Int?
        var waitsFor: Set<UInt64>
    }

    private struct Model {
        var watches: [TaskID: Expectation] = [:]
        var sequence = 0
        var events: [String] = []
        var callers: [TaskID: Set<UInt64>] = [:]
        var held: [Held] = []

        mutating func tell(_ text: String) {
            sequence += 1
            events.append("\(sequence) \(text)")
        }

        mutating func expire(at now: Duration) {
            let deadlines = watches.compactMap { taskId, watch in watch.deadline.map { (taskId, $0) } }
            for (taskId, deadline) in deadlines.sorted(by: { $0.1 < $1.1 }) where deadline.due <= now {
                if let watch = watches[taskId], watch.isWithheld {
                    tell("\(taskId) \(watch.sent?.rawValue ?? "nil")>succeeded")
                }
                watches[taskId] = nil
                tell("\(taskId) ended timeout")
            }
        }

        /// Handles a reading. A passing fault reaches the watch at once. Before the watch takes any other reading, the
        /// callers that query the same task at this time are answered.
        mutating func arrive(
            _ taskId: TaskID,
            _ number: UInt64,
            _ result: Result<CoverStatus, CoverError>,
            of generation: Int?,
            at now: Duration
        ) {
            guard let watch = watches[taskId], generation == nil || watch.generation == generation else { return }
            let isFault = if case .failure(let error) = result { error.retryable } else { false }
            let open = isFault ? [] : callers[taskId] ?? []
            let reading = Held(taskId: taskId, number: number, result: result, generation: generation, waitsFor: open)
            if open.isEmpty { take(reading, at: now) } else { held.append(reading) }
        }

        mutating func answer(_ caller: UInt64, of taskId: TaskID, at now: Duration) {
            callers[taskId]?.remove(caller)
            for index in held.indices { held[index].waitsFor.remove(caller) }
            let free = held.filter(\.waitsFor.isEmpty)
            held.removeAll(where: \.waitsFor.isEmpty)
            for reading in free { take(reading, at: now) }
        }

        private mutating func take(_ reading: Held, at now: Duration) {
            guard let watch = watches[reading.taskId], reading.number > watch.number else { return }
            if let generation = reading.generation {
                guard watch.generation == generation else { return }
            } else {
                // Some results are final only after several polls. The watch ignores such a result of a caller, and
                // polls for it itself.
                switch reading.result {
                case .success(let status):
                    if status.state == .succeeded, status.images.isEmpty, watch.emptyPolls < 5 { return }
                case .failure(let error):
                    if error.retryable || (error.kind == .taskNotFound && now < watch.graceEnd) { return }
                }
            }
            watches[reading.taskId]?.number = reading.number
            read(reading.taskId, reading.result, at: now)
        }

        private mutating func read(_ taskId: TaskID, _ result: Result<CoverStatus, CoverError>, at now: Duration) {
            guard var watch = watches[taskId] else { return }
            switch result {
            case .failure(let error):
                let isInvisible = error.kind == .taskNotFound && now < watch.graceEnd
                if error.retryable || isInvisible { return }
                watches[taskId] = nil
                tell("\(taskId) ended \(error.kind.rawValue)")
            case .success(let status):
                watch.graceEnd = now + .seconds(90)
                defer { if watches[taskId] != nil { watches[taskId] = watch } }
                if status.state == .succeeded, status.images.isEmpty, watch.emptyPolls < 5 {
                    watch.emptyPolls += 1
                    watch.isWithheld = true
                    return
                }
                watch.isWithheld = false
                // A success without images is final after enough polls.
                let isFinal = status.final || status.state == .succeeded
                let isBehind = watch.sent == .generating && status.state == .pending
                guard !isBehind, watch.sent != status.state else { return }
                tell("\(taskId) \(watch.sent?.rawValue ?? "nil")>\(status.state.rawValue)" + (isFinal ? "!" : ""))
                watch.sent = status.state
                if isFinal { watches[taskId] = nil }
            }
        }
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>) func theTableDoesWhatTheModelDoes(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var simulation = Simulation(rate: 50, maximumInFlight: 20, seed: seed)
        var model = Model()
        var owners: [UInt64: Int] = [:]
        var sent: [(taskId: TaskID, number: UInt64)] = []
        var callers: [(taskId: TaskID, number: UInt64)] = []
        for step in 0..<10_000 {
            let taskId: TaskID = "task \(Int.random(in: 0..<40, using: &random))"
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<8:
                let timeout: Duration? =
                    Bool.random(using: &random) ? .seconds(Int.random(in: 1...400, using: &random)) : nil
                let new = Expectation(graceEnd: simulation.now + .seconds(90), generation: step)
                model.watches[taskId, default: new].deadline = timeout.map { (simulation.now + $0, step) }
                simulation.watch([taskId], interval: .seconds(Int.random(in: 1...60, using: &random)), timeout: timeout)
            case 8..<10:
                let isWatched = model.watches.removeValue(forKey: taskId) != nil
                let unwatched = simulation.table.unwatch([taskId], at: simulation.now)
                #expect(unwatched == (isWatched ? [taskId] : []))
            case 10..<16:
                sent.append((taskId, simulation.nextNumber()))
            case 16..<24:
                guard let index = sent.indices.randomElement(using: &random) else { continue }
                let (taskId, number) = sent.remove(at: index)
                let result = Self.answer(taskId, using: &random)
                model.arrive(taskId, number, result, of: nil, at: simulation.now)
                simulation.table.observe(taskId, Reading(number: number, result), at: simulation.moment)
            case 24..<28:
                let caller = simulation.table.beginDirectQuery(of: taskId)
                callers.append((taskId, caller))
                model.callers[taskId, default: []].insert(caller)
            case 28..<34:
                guard let index = callers.indices.randomElement(using: &random) else { continue }
                let (taskId, caller) = callers.remove(at: index)
                model.answer(caller, of: taskId, at: simulation.now)
                simulation.table.endDirectQuery(caller, of: taskId, at: simulation.moment)
            case 34..<60:
                simulation.now += .milliseconds(Int.random(in: 1...5000, using: &random))
                model.expire(at: simulation.now)
                for query in simulation.tick() { owners[query.id] = model.watches[query.taskId]?.generation }
                // All that is due and possible has been done. So the next wake-up must be later than now. Otherwise the
                // engine would work without a pause.
                #expect(simulation.table.nextWake.map { $0 > simulation.now } ?? true)
            default:
                guard let query = simulation.underWay.randomElement(using: &random) else { continue }
                let result = Self.answer(query.taskId, using: &random)
                if let owner = owners.removeValue(forKey: query.id), let number = simulation.numbers[query.id] {
                    model.arrive(query.taskId, number, result, of: owner, at: simulation.now)
                }
                simulation.read(query, result)
            }
            try #require(
                simulation.events().filter { !$0.hasPrefix("health") } == model.events,
                "seed \(seed), step \(step)"
            )
            model.events = []
        }
        for (taskId, caller) in callers {
            model.answer(caller, of: taskId, at: simulation.now)
            simulation.table.endDirectQuery(caller, of: taskId, at: simulation.moment)
        }
        #expect(simulation.events().filter { !$0.hasPrefix("health") } == model.events)
        #expect(simulation.table.statistics(at: simulation.now).watches == model.watches.count)
        #expect(model.sequence > 300)
    }

    /// Makes watches, waits, cancellations and answers in random order. After the end of all of them, the table holds
    /// nothing.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func nothingIsLeftBehind(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var simulation = Simulation(seed: seed)
        var waiters: [WaiterID] = []
        let ids = (0..<10).map { TaskID("task \($0)") }
        for _ in 0..<3000 {
            let taskId = ids[Int.random(in: 0..<10, using: &random)]
            let timeout: Duration? =
                Bool.random(using: &random) ? .seconds(Int.random(in: 1...20, using: &random)) : nil
            switch Int.random(in: 0..<8, using: &random) {
            case 0: simulation.watch([taskId], interval: .seconds(2), timeout: timeout)
            case 1: _ = simulation.table.unwatch([taskId], at: simulation.now)
            case 2: waiters.append(simulation.table.wait(for: taskId, timeout: timeout, at: simulation.moment))
            case 3: if let waiter = waiters.popLast() { simulation.table.abandon(waiter, at: simulation.now) }
            case 4: _ = simulation.table.addBarrier(at: simulation.moment)
            case 5:
                simulation.now += .seconds(1)
                simulation.tick()
            default:
                guard let query = simulation.underWay.randomElement(using: &random) else { continue }
                simulation.read(query, Self.answer(query.taskId, using: &random))
            }
        }
        _ = simulation.table.unwatch(ids, at: simulation.now)
        for waiter in waiters { simulation.table.abandon(waiter, at: simulation.now) }
        for query in simulation.underWay { simulation.read(query, .success(.scripted(query.taskId, .succeeded))) }
        #expect(simulation.table.statistics(at: simulation.now).isEmpty, "seed \(seed)")
        #expect(simulation.table.nextWake == nil, "seed \(seed)")
    }

    private static func answer(_ taskId: TaskID, using random: inout SplitMix64) -> Result<CoverStatus, CoverError> {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: .success(.scripted(taskId, .pending))
        case 30..<55: .success(.scripted(taskId, .generating))
        case 55..<65: .success(.scripted(taskId, .succeeded))
        case 65..<70: .success(.scripted(taskId, .succeeded, images: []))
        case 70..<75: .success(.scripted(taskId, .failed))
        case 75..<78: .success(.scripted(taskId, .unknown))
        case 78..<85: .failure(CoverError(.taskNotFound, "none"))
        case 85..<90: .failure(CoverError(.serverError, "fault"))
        case 90..<93: .failure(CoverError(.unreachable, "fault"))
        case 93..<96: .failure(CoverError(.rateLimited, "slower", retryAfter: 1))
        case 96..<98: .failure(CoverError(.maintenance, "later", retryAfter: 3))
        default: .failure(CoverError(.unauthorized, "no"))
        }
    }
}
