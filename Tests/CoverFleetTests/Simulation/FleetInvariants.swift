import CoverModel
import CoverWatch
import TestSupport

@testable import CoverFleet

/// The promises of a fleet that hold in any schedule. The numbers are those of the design. The checks look at what the
/// bridges request and send, and not at the state of the store.
struct FleetInvariants {
    struct Holder {
        let bridge: FleetBridge.ID
        let fence: Int64
        let since: Duration
    }

    let rate: Double
    let burst: Double
    let interval: Duration
    private(set) var violations: [String] = []
    var roundTrips = 0
    var saved = 0
    var heard = 0
    private(set) var sends = 0
    private(set) var emissions = 0

    /// `slots` limits the slots that the store grants. `arrivals` limits the queries that reach the API.
    private var slots: Allowance
    private var arrivals: Allowance
    private var holders: [TaskID: Holder] = [:]
    private var lastSeen: [FleetBridge.ID: Duration] = [:]
    private var pause: (since: Duration, until: Duration)?
    private var trial: Holder?
    private var lastPaused: Duration = .zero
    private var lastAsked: [TaskID: Duration] = [:]
    private var isFailing: [TaskID: Bool] = [:]
    /// For each bridge, the number of slots that the bridge has given up in a row.
    private var givenUp: [Int: Int] = [:]
    private var streams: [Int: EventStreamCheck] = [:]

    init(rate: Double, burst: Double, interval: Duration) {
        self.rate = rate
        self.burst = burst
        self.interval = interval
        slots = Allowance(rate: rate, capacity: burst)
        // Queries may arrive closer together than their slots. The network delays a query by up to 100 ms, and a bridge
        // may be late by up to 100 ms.
        arrivals = Allowance(rate: rate, capacity: burst + rate * 0.2)
    }

    /// The longest time that a task may go without a query.
    var longestRest: Duration { interval * 1.1 + .seconds(10) + .milliseconds(200) }

    private mutating func fail(_ invariant: Int, _ text: String, at now: Duration) {
        violations.append("\(invariant): \(text), at \(now)")
    }

    mutating func seen(_ bridge: FleetBridge.ID, at now: Duration) { lastSeen[bridge] = now }

    // MARK: Claims and slots

    mutating func granted(_ claim: FleetClaim, to bridge: FleetBridge.ID, at now: Duration) {
        if !slots.take(at: now + claim.delay) { fail(1, "a slot beyond the budget", at: now) }
        if claim.delay > FleetLimits.horizon { fail(1, "a slot too far ahead", at: now) }
        if let taskId = claim.taskId {
            if let holder = holders[taskId], holder.bridge != bridge, isLive(holder, at: now) {
                fail(3, "two bridges query \(taskId)", at: now)
            }
            holders[taskId] = Holder(bridge: bridge, fence: claim.fence, since: now)
        }
        guard let pause else {
            if claim.isTrial { fail(2, "a trial without a pause", at: now) }
            return
        }
        if now < pause.until { fail(2, "a slot within a pause", at: now) }
        if !claim.isTrial { fail(2, "a slot before a trial succeeded", at: now) }
        if let trial, trial.bridge != bridge, isLive(trial, at: now) { fail(2, "two trials", at: now) }
        trial = Holder(bridge: bridge, fence: claim.fence, since: now)
    }

    private func isLive(_ holder: Holder, at now: Duration) -> Bool {
        // The store records that it saw a bridge at most every 250 ms, so its record may be older than `lastSeen` by
        // that time.
        let silence = now - (lastSeen[holder.bridge] ?? .zero)
        return silence < FleetLimits.interactiveSilence - .milliseconds(250) && now - holder.since < FleetLimits.claim
    }

    mutating func gaveUp(_ bridge: Int) { givenUp[bridge, default: 0] += 1 }

    /// - Parameter sound: the moment since which the bridge is in the fleet and gets all announcements. Nil means that
    ///   the bridge is not in the fleet, or may miss announcements.
    mutating func sent(
        _ taskId: TaskID,
        _ claim: FleetClaim?,
        calledAt: Duration,
        by bridge: Int,
        sound: Duration?,
        at now: Duration
    ) {
        sends += 1
        lastAsked[taskId] = now
        if !arrivals.take(at: now) { fail(1, "more queries than the budget has", at: now) }
        guard let claim else {
            // A bridge that is cut off from the store continues alone, without claims.
            if sound != nil { fail(2, "bridge \(bridge) asks without a claim", at: now) }
            return
        }
        let late = now - calledAt - claim.delay
        let tolerance: Duration = .milliseconds(100) * (1 << min(givenUp[bridge] ?? 0, 4))
        if late > min(tolerance, .seconds(1)) { fail(1, "a slot is used \(late) late", at: now) }
        givenUp[bridge] = 0
        if let pause, !claim.isTrial, let sound, sound < pause.since, now - pause.since > .milliseconds(50) {
            fail(2, "a query within a pause that the bridge has heard of", at: now)
        }
    }

    mutating func finished(
        _ claim: FleetClaim,
        _ outcome: FleetOutcome,
        _ receipt: FleetReceipt,
        by bridge: FleetBridge.ID,
        at now: Duration
    ) {
        if let taskId = claim.taskId, holders[taskId]?.fence == claim.fence {
            holders[taskId] = nil
            if receipt.number != nil, case .answered(let result) = outcome {
                isFailing[taskId] = if case .failure = result { true } else { false }
            }
        }
        let isTrial = trial?.fence == claim.fence && claim.isTrial
        if isTrial { trial = nil }
        switch outcome {
        case .throttled(let error):
            guard let remaining = receipt.pause?.remaining, remaining > .zero, pause == nil || isTrial else { return }
            if let asked = error.retryAfter, remaining < .seconds(asked) {
                fail(2, "a pause shorter than asked", at: now)
            }
            pause = (now, now + remaining)
        case .answered(.success), .succeeded:
            guard claim.isTrial, receipt.pause == nil else { return }
            pause = nil
            lastPaused = now
        case .answered(.failure), .failed, .dropped: break
        }
        if pause != nil, receipt.pause == nil { (pause, lastPaused) = (nil, now) }
    }

    // MARK: Events of the store

    /// The store is available again. Until now each bridge continued alone, with a burst of its own.
    mutating func storeChanged(at now: Duration, alone: Int) {
        arrivals.add(burst + Double(alone))
        lastPaused = now
    }

    /// While a bridge is alone, it uses its share beside the whole rate of the others.
    mutating func stayedAlone(_ bridge: Int, at now: Duration) {
        fail(1, "bridge \(bridge) is alone although the store is back", at: now)
    }

    mutating func flushed(at now: Duration) {
        (holders, pause, trial) = ([:], nil, nil)
        slots.add(burst)
        arrivals.add(burst)
        lastPaused = now
    }

    /// The store's clock has jumped, so the periods in the store may end at once or begin again.
    mutating func stepped(at now: Duration) {
        holders = [:]
        trial = nil
        if let pause { self.pause = (pause.since, min(pause.until, now)) }
        slots.add(burst)
        arrivals.add(burst)
        lastPaused = now
    }

    // MARK: Changes and polls

    mutating func emitted(_ event: WatchEvent, by bridge: Int) {
        emissions += 1
        if let fault = streams[bridge, default: EventStreamCheck()].take(event) {
            violations.append("6: bridge \(bridge) \(fault)")
        }
    }

    func state(of taskId: TaskID, by bridge: Int) -> CoverState? { streams[bridge]?.states[taskId] }

    mutating func verify(_ taskId: TaskID, _ state: CoverState, _ bridge: Int, since: Duration) {
        guard (self.state(of: taskId, by: bridge)?.rank ?? -1) < state.rank else { return }
        fail(4, "bridge \(bridge) has not heard of \(taskId) \(state)", at: since)
    }

    mutating func survey(_ taskId: TaskID, at now: Duration) {
        // A trial whose bridge dies becomes void after five seconds. Another trial may get no answer, or its answer may
        // cause a new pause. So the promise holds again only some time after the pause.
        if let pause, now < pause.until + .seconds(15) { lastPaused = now }
        guard isFailing[taskId] != true else { return }
        if now - max(lastAsked[taskId] ?? .zero, lastPaused) > longestRest {
            fail(5, "\(taskId) is not asked about", at: now)
        }
    }

    /// A caller has got its answer after this time.
    mutating func answered(after waited: Duration, isSound: Bool, at now: Duration) {
        guard isSound, pause == nil, now - waited > lastPaused else { return }
        // The limit is the sum of four waits. The claim of a dead bridge lasts two seconds. A slow query, a slot in the
        // future and a second slow query may follow.
        if waited > .seconds(9) { fail(5, "a call waited for \(waited)", at: now) }
    }
}

/// The number of queries that a token bucket allows. The moments of the queries may come in any order.
struct Allowance {
    let rate: Double
    let capacity: Double
    private var level: Double
    private var extra = 0.0
    private var filledAt: Duration = .zero

    init(rate: Double, capacity: Double) {
        self.rate = rate
        self.capacity = capacity
        level = capacity
    }

    mutating func add(_ tokens: Double) { extra += tokens }

    mutating func take(at moment: Duration) -> Bool {
        level = min(capacity, level + max(0, (moment - filledAt).inSeconds) * rate)
        filledAt = max(filledAt, moment)
        if level >= 1 - 1e-3 {
            level -= 1
            return true
        }
        guard extra >= 1 else { return false }
        extra -= 1
        return true
    }
}

/// Checks that the event stream of one bridge keeps its contract.
struct EventStreamCheck {
    private var sequence: Int64 = 0
    private(set) var states: [TaskID: CoverState] = [:]
    private var ended: Set<TaskID> = []

    var finals: Set<TaskID> { ended }

    /// - Returns: a description of what is wrong with the event, or nil.
    mutating func take(_ event: WatchEvent) -> String? {
        guard let next = event.sequence else { return nil }
        defer { sequence = next }
        guard next == sequence + 1 else { return "skips from \(sequence) to \(next)" }
        switch event {
        case .changed(let change):
            let before = states[change.taskId]
            defer { states[change.taskId] = change.status.state }
            if ended.contains(change.taskId) { return "emits \(change.taskId) after its end" }
            if change.final { ended.insert(change.taskId) }
            if change.previous != before {
                return "names \(change.previous as Any) as the state before, not \(before as Any)"
            }
            if let before, before.rank >= change.status.state.rank {
                return "goes from \(before) to \(change.status.state)"
            }
        case .ended(let end): return "ends \(end.taskId) with \(end.reason)"
        case .healthChanged: break
        }
        return nil
    }
}
