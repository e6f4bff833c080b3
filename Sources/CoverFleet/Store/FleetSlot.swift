/// When the query of a claim is sent, by the bridge's own clock.
///
/// A slot that is used late falls together with later ones, and the fleet would exceed its budget. So a bridge that was stopped and
/// continues gives its late slots up. After each slot in a row that it gives up, it allows twice as much lateness, so that a slow
/// machine makes progress.
package struct FleetSlot: Sendable {
    package enum Use: Sendable, Hashable {
        case at(Duration)
        case now
        case tooLate
    }

    /// How late a bridge may be. One value per bridge.
    package struct Tolerance: Sendable {
        private static let shortest: Duration = .milliseconds(100)
        private static let longest: Duration = .seconds(1)

        private(set) var current = shortest

        package init() {}

        fileprivate mutating func note(_ use: Use) {
            switch use {
            case .at: break
            case .now: current = Self.shortest
            case .tooLate: current = min(current * 2, Self.longest)
            }
        }
    }

    private let opensAt: Duration

    /// - Parameter calledAt: when the bridge called the store, before it had the answer.
    package init(_ claim: FleetClaim, calledAt: Duration) { opensAt = calledAt + claim.delay }

    /// What to do with the slot now. To be called directly before the query is sent.
    package func use(at now: Duration, _ tolerance: inout Tolerance) -> Use {
        let use: Use = now < opensAt ? .at(opensAt) : now - opensAt <= tolerance.current ? .now : .tooLate
        tolerance.note(use)
        return use
    }
}
