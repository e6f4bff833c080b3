import CoverModel
import CoverWatch
import Synchronization
import TestSupport

@testable import CoverFleet

/// A simulation of a fleet of bridges in one thread and without a real clock. It contains the store in memory, the
/// tables and memberships of the bridges, an API, and faults. The seed determines everything that happens.
final class FleetWorld {
    struct Plan {
        var seed: UInt64 = 1
        var bridges = 3
        var tasks = 4
        var interval: Duration = .seconds(3)
        var rate = 20.0
        var burst = 4.0
        /// Whether the bridge that makes the trial after a pause dies during the trial. This happens once.
        var trialKills = false
        /// A fault that is built in on purpose, and that the checks must find.
        var sabotage: Sabotage?
    }

    enum Sabotage: CaseIterable {
        /// A bridge does not end one claim in eight.
        case claimNotFreed
        /// A bridge uses a slot twice.
        case tokenNotSpent
        /// A bridge does not get one announcement in four.
        case announcementLost
        /// A bridge ignores announcements of pauses, and does not ask the store whether there is a pause.
        case pauseIgnored
        /// A bridge that was stopped uses its slots when it continues, however late they are.
        case slotUsedLate
    }

    enum Reply {
        case answer(FleetAnswer)
        case lost(FleetStoreError)
    }

    enum Event {
        case wake(Int)
        case beat(Int)
        case call(Int, TaskID)
        case reply(Int, UInt64, Reply)
        /// A query that has waited calls the store again.
        case again(Int, UInt64)
        case slot(Int, UInt64)
        case response(Int, UInt64, Result<CoverStatus, CoverError>)
        case deliver(Int, FleetAnnouncement)
        case trouble(Trouble)
        /// A reading was shared a moment ago, so all bridges must have it now.
        case verify(TaskID, CoverState, since: Duration)
        case survey

        /// The number of the bridge that the event is about, or nil.
        var bridge: Int? {
            switch self {
            case .wake(let bridge), .beat(let bridge), .call(let bridge, _), .reply(let bridge, _, _),
                .again(let bridge, _),
                .slot(let bridge, _), .response(let bridge, _, _), .deliver(let bridge, _):
                bridge
            case .trouble, .verify, .survey: nil
            }
        }
    }

    var plan: Plan
    let taskIds: [TaskID]
    let time = StoreTime()
    let fleet: MemoryFleet
    var random: SeededGenerator
    var now: Duration = .zero
    var agenda = Agenda<Event>()
    var api = SimulatedAPI()
    var bridges: [SimulatedBridge] = []
    var invariants: FleetInvariants
    /// The number of times that the store was away.
    var absences = 0
    /// Whether bridges lose announcements.
    var isLossy = false
    private let announced = Announced()

    private final class Announced: Sendable {
        let announcements = Mutex<[FleetAnnouncement]>([])
    }

    init(_ plan: Plan) {
        self.plan = plan
        random = SeededGenerator(seed: plan.seed)
        taskIds = (0..<plan.tasks).map { TaskID("task-\($0)") }
        invariants = FleetInvariants(rate: plan.rate, burst: plan.burst, interval: plan.interval)
        fleet = MemoryFleet { [time] in time.now }
        _ = fleet.addReader { [announced] announcement in announced.announcements.withLock { $0.append(announcement) } }
        for _ in 0..<plan.bridges { addBridge() }
        agenda.add(.survey, at: .seconds(1))
    }

    var moment: ClockReading {
        ClockReading(now: now, wall: Timestamp(milliseconds: 1_736_937_181_000).advanced(by: now))
    }

    /// Adds a bridge that watches all tasks.
    func addBridge() {
        let index = bridges.count
        let id = FleetBridge.ID(UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15)
        let bridge = FleetBridge(id: id, rate: plan.rate, burst: plan.burst, name: "\(index)")
        var table = WatchTable(configuration: .fast, at: moment, seed: random.next())
        let call = table.nextCallNumber()
        _ = table.watch(taskIds, interval: plan.interval, timeout: nil, callNumber: call, at: moment)
        table.activate(call, of: taskIds, at: moment)
        bridges.append(
            SimulatedBridge(
                bridge: bridge,
                table: table,
                membership: Membership(bridge, expectedBridges: 8),
                budget: PollBudget(rate: plan.rate, burst: plan.burst)
            )
        )
        agenda.add(.beat(index), at: now + random.milliseconds(0...50))
    }

    func run(until end: Duration) {
        while let (at, event) = agenda.next(until: end) {
            if at > now {
                time.advance(by: at - now)
                now = at
            }
            handle(event)
        }
    }

    private func handle(_ event: Event) {
        guard let index = event.bridge else {
            switch event {
            case .trouble(let trouble): meet(trouble)
            case .verify(let taskId, let state, let since): verify(taskId, state, since: since)
            default: survey()
            }
            return
        }
        if bridges[index].isDead { return }
        if bridges[index].isStopped { return bridges[index].postponed.append(event) }
        switch event {
        case .wake: wake(index)
        case .beat: beat(index)
        case .call(_, let taskId): call(index, taskId)
        case .reply(_, let query, let reply): take(reply, of: query, index)
        case .again(_, let query): resume(query, index)
        case .slot(_, let query): useSlot(of: query, index)
        case .response(_, let query, let result): end(query, with: result, index)
        case .deliver(_, let announcement): handle(announcement, index)
        case .trouble, .verify, .survey: break
        }
        settle(index)
    }

    /// Delivers the announcements of the store. Each bridge gets an announcement after a random delay of its own.
    func deliver() {
        let announcements = announced.announcements.withLock { announcements in
            defer { announcements = [] }
            return announcements
        }
        for announcement in announcements {
            for index in bridges.indices where !bridges[index].isDead && !isLossy {
                if plan.sabotage == .announcementLost, random.next() % 4 == 0 { continue }
                agenda.add(.deliver(index, announcement), at: now + random.microseconds(200...4000))
            }
        }
    }

    /// Performs the decisions of a bridge's table, and schedules its next wake-up.
    private func settle(_ index: Int) {
        for case .emit(let event) in bridges[index].table.takeActions() { invariants.emitted(event, by: index) }
        guard let wake = bridges[index].table.nextWake else { return }
        let at = max(wake, now)
        if let known = bridges[index].wakeAt, known <= at { return }
        bridges[index].wakeAt = at
        agenda.add(.wake(index), at: at)
    }
}

extension SeededGenerator {
    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }

    mutating func microseconds(_ range: ClosedRange<Int>) -> Duration {
        .microseconds(Int.random(in: range, using: &self))
    }
}
