import CoverModel

/// The state of a fleet without its tasks, and the rules of the fleet. This is a value without I/O. In one atomic step,
/// a store loads this value, lets it decide, and stores it.
struct FleetState: Sendable, Hashable {
    struct Member: Sendable, Hashable {
        let bridge: FleetBridge
        var joinedAt: Duration
        var seenAt: Duration
    }

    /// If the store saw a bridge less than this time ago, it does not record the bridge again. This saves a write.
    static let seeing: Duration = .milliseconds(250)

    /// The epoch of the store.
    let epoch: UInt64
    /// The number of the last reading.
    var lastNumber: Int64 = 0
    /// The number of the last claim (``FleetClaim/fence``). The next claim gets the next number.
    var lastFence: Int64 = 0
    var budget = FleetBudget()
    var breaker = FleetBreaker()
    var members: [FleetBridge.ID: Member] = [:]

    init(epoch: UInt64) { self.epoch = epoch }

    /// Removes absent bridges, and ends periods that are over. If the clock has jumped back to before the start of a
    /// period, the period starts again.
    mutating func settle(at now: Duration) {
        for (id, member) in members where member.seenAt > now { members[id]?.seenAt = now }
        members = members.filter { now - $0.value.seenAt < FleetLimits.silence }
        budget.settle(rate: rate, burst: burst, at: now)
        breaker.settle(at: now)
    }

    /// Records that a bridge is present. Every decision begins with this.
    mutating func see(_ bridge: FleetBridge, at now: Duration) {
        let known = members[bridge.id]
        let isNoted = known.map { $0.bridge == bridge && now - $0.seenAt < Self.seeing } ?? false
        if !isNoted {
            members[bridge.id] = Member(bridge: bridge, joinedAt: known?.joinedAt ?? now, seenAt: now)
        }
        settle(at: now)
    }

    mutating func leave(_ id: FleetBridge.ID, at now: Duration) {
        members[id] = nil
        settle(at: now)
    }

    /// Returns the known reading of a task, or the right to query it.
    mutating func begin(
        _ request: FleetRequest,
        of task: inout FleetTask,
        by bridge: FleetBridge,
        at now: Duration
    ) -> (answer: FleetAnswer, announcement: FleetAnnouncement?) {
        see(bridge, at: now)
        task.settle(at: now)
        if let reading = task.reading, reading.satisfies(request.freshness, epoch: epoch, at: now),
            let shared = reading.shared(of: request.taskId, epoch: epoch, at: now)
        {
            return (.reading(shared), nil)
        }
        if let wait = wait(for: task.claim, request.urgency, bridge.id, at: now) { return (.turn(.wait(wait)), nil) }
        let turn = turn(request.urgency, request.taskId, bridge, at: now)
        guard case .go(let claim) = turn else { return (.turn(turn), nil) }
        let span = Span(from: now, for: FleetLimits.claim)
        task.claim = FleetTask.Claim(fence: claim.fence, bridge: bridge.id, span: span)
        return (.turn(turn), .claimed(request.taskId, by: bridge.id, for: span.length))
    }

    /// Grants a query that is not about a task's record.
    mutating func take(_ urgency: FleetUrgency, by bridge: FleetBridge, at now: Duration) -> FleetTurn {
        see(bridge, at: now)
        return turn(urgency, nil, bridge, at: now)
    }

    /// Ends a claim.
    ///
    /// - Parameter task: the task of the claim; nil if it has none.
    mutating func finish(
        _ claim: FleetClaim,
        _ outcome: FleetOutcome,
        of task: inout FleetTask?,
        by bridge: FleetBridge,
        at now: Duration
    ) -> (receipt: FleetReceipt, announcements: [FleetAnnouncement]) {
        see(bridge, at: now)
        task?.settle(at: now)
        let isVoid = claim.epoch != epoch || (claim.taskId != nil && task?.claim?.fence != claim.fence)
        if isVoid { return (FleetReceipt(pause: breaker.pause(at: now)), []) }
        var announcements: [FleetAnnouncement] = []
        switch breaker.finish(claim.fence, claim.generation, outcome.word, jitter: claim.pauseJitter, at: now) {
        case .paused(let pause): announcements.append(.paused(pause))
        case .resumed: announcements.append(.resumed)
        case nil: break
        }
        var number: ReadingNumber?
        if let taskId = claim.taskId {
            task?.claim = nil
            if case .answered(let result) = outcome, let reading = keep(result, in: &task, at: now) {
                number = reading.number
                announcements.append(.reading(taskId, reading))
            } else {
                announcements.append(.freed(taskId))
            }
        }
        return (FleetReceipt(number: number, pause: breaker.pause(at: now)), announcements)
    }

    /// - Returns: nil if the reading is too large to be kept.
    private mutating func keep(
        _ result: Result<CoverStatus, CoverError>,
        in task: inout FleetTask?,
        at now: Duration
    ) -> FleetReading? {
        guard let content = StoredReading(result) else { return nil }
        lastNumber += 1
        let before = task?.reading
        var (faults, isFinal, failingFor): (Int64, Bool, Duration?) = (0, false, nil)
        switch result {
        case .success(let status): isFinal = status.final
        case .failure(let error):
            // An unknown task is polled at its usual interval, without a backoff. So this error does not count.
            faults = (before?.faults ?? 0) + (error.isBackedOffFrom ? 1 : 0)
            failingFor = before.flatMap { known in known.failingFor.map { $0 + known.restOfFailing(at: now) } } ?? .zero
        }
        let reading = FleetTask.Reading(
            value: lastNumber,
            content: content,
            isFinal: isFinal,
            faults: faults,
            readAt: now,
            failingFor: failingFor
        )
        task?.reading = reading
        return reading.shared(result.shared, epoch: epoch, at: now)
    }

    /// The wait for another bridge's claim; nil if no other bridge has a claim on the task.
    private func wait(
        for claim: FleetTask.Claim?,
        _ urgency: FleetUrgency,
        _ id: FleetBridge.ID,
        at now: Duration
    ) -> FleetWait? {
        guard let claim, claim.bridge != id, let holder = members[claim.bridge] else { return nil }
        let silence = urgency == .interactive ? FleetLimits.interactiveSilence : FleetLimits.silence
        let remaining = min(claim.span.remaining(at: now), holder.seenAt + silence - now)
        return remaining > .zero ? FleetWait(.claimed, remaining) : nil
    }

    private mutating func turn(
        _ urgency: FleetUrgency,
        _ taskId: TaskID?,
        _ bridge: FleetBridge,
        at now: Duration
    ) -> FleetTurn {
        let present = Set(members.keys)
        if let obstacle = breaker.obstacle(at: now, isPresent: present.contains) { return .wait(obstacle) }
        switch budget.slot(urgency, rate: rate, burst: burst, at: now) {
        case .denied(let delay): return .wait(FleetWait(.budget, delay))
        case .granted(let delay):
            lastFence += 1
            return .go(
                FleetClaim(
                    taskId: taskId,
                    epoch: epoch,
                    fence: lastFence,
                    generation: breaker.generation,
                    isTrial: breaker.begin(lastFence, by: bridge.id, at: now),
                    delay: delay
                )
            )
        }
    }
}

extension CoverError {
    var isBackedOffFrom: Bool {
        switch consequence {
        case .tryAgain, .foreignRefusal: true
        case .hostPauses, .invisible, .endsWaits, .ends: false
        }
    }
}
