import Synchronization

/// One query on its way to the API: whether it has a turn, and its position among the sent queries.
final class OutgoingQuery: Sendable {
    private let hasTurn: Atomic<Bool>
    private let sentNumber = Atomic<UInt64>(0)

    /// - Parameter hasTurn: whether the budget has already granted the first turn.
    init(hasTurn: Bool) { self.hasTurn = Atomic(hasTurn) }

    /// See ``Reading/number``.
    var number: UInt64 { sentNumber.load(ordering: .relaxed) }

    func markSent(_ number: UInt64) { sentNumber.store(number, ordering: .relaxed) }

    /// Records that the budget has granted the turn.
    func grantTurn() { hasTurn.store(true, ordering: .relaxed) }

    /// Whether the query has an unused turn.
    var holdsTurn: Bool { hasTurn.load(ordering: .relaxed) }

    /// Uses the granted turn. Returns whether there was one.
    func takeTurn() -> Bool { hasTurn.exchange(false, ordering: .relaxed) }
}
