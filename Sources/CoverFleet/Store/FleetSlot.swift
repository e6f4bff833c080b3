/// The moment at which the query of a claim is sent, on the bridge's own clock.
///
/// If a bridge used a slot late, the query could come together with queries of later slots. The fleet would then exceed
/// its budget. So a bridge that was stopped for a while gives up its late slots. After each slot in a row that the
/// bridge gives up, it tolerates twice as much delay, so that a slow machine makes progress.
package struct FleetSlot: Sendable {
    package enum Use: Sendable, Hashable {
        case at(Duration)
        case now
        case tooLate
    }

    /// How late a bridge may use a slot. Each bridge has one such value.
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

    /// - Parameter calledAt: the moment at which the bridge called the store, not the moment of the answer.
    package init(_ claim: FleetClaim, calledAt: Duration) { opensAt = calledAt + claim.delay }

    /// Decides what to do with the slot now. The caller asks directly before it sends the query.
    package func use(at now: Duration, _ tolerance: inout Tolerance) -> Use {
        let use: Use = now < opensAt ? .at(opensAt) : now - opensAt <= tolerance.current ? .now : .tooLate
        tolerance.note(use)
        return use
    }
}
