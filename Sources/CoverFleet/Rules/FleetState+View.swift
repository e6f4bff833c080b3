import CoverModel

/// The views of a fleet for bridges and for users.
extension FleetState {
    /// The rate that all bridges keep. It is the lowest rate of all bridges, so that the fleet respects the limit of
    /// each user.
    var rate: Double {
        max(members.values.lazy.map(\.bridge.rate).min() ?? FleetLimits.slowestRate, FleetLimits.slowestRate)
    }

    var burst: Double { max(members.values.lazy.map(\.bridge.burst).min() ?? 1, 1) }

    /// The view for a bridge. It shows the state after the last ``settle(at:)`` or ``see(_:at:)``.
    func view(at now: Duration) -> FleetView {
        FleetView(
            bridges: members.keys.sorted(),
            rate: rate,
            highestRate: members.values.map(\.bridge.rate).max() ?? rate,
            pause: breaker.pause(at: now)
        )
    }

    /// - Parameter tasks: the tasks to show, in this order.
    func overview(_ tasks: [(TaskID, FleetTask)], at now: Duration) -> FleetOverview {
        var fleet = self
        fleet.settle(at: now)
        return FleetOverview(
            members: fleet.members.values.sorted { ($0.joinedAt, $0.bridge.id) < ($1.joinedAt, $1.bridge.id) }.map {
                FleetOverview.Member(
                    bridge: $0.bridge,
                    presentFor: max(.zero, now - $0.joinedAt),
                    silentFor: now - $0.seenAt
                )
            },
            rate: fleet.rate,
            burst: fleet.burst,
            tokens: budget.tokens(rate: fleet.rate, burst: fleet.burst, at: now),
            granted: lastFence,
            pause: breaker.pause(at: now),
            tasks: tasks.compactMap { taskId, task in
                guard let reading = task.reading?.shared(of: taskId, epoch: epoch, at: now) else { return nil }
                let claim = task.claim.flatMap { $0.span.remaining(at: now) > .zero ? $0.bridge : nil }
                return FleetOverview.Task(taskId: taskId, reading: reading, claimedBy: claim)
            }
        )
    }
}
