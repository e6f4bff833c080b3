import Synchronization

/// One query on its way to the API: whether its turn is there already, and its place among those sent.
final class OutgoingQuery: Sendable {
    private let hasTurn: Atomic<Bool>
    private let sentNumber = Atomic<UInt64>(0)

    /// - Parameter hasTurn: whether the budget has granted the first turn already.
    init(hasTurn: Bool) { self.hasTurn = Atomic(hasTurn) }

    /// See ``Reading/number``.
    var number: UInt64 { sentNumber.load(ordering: .relaxed) }

    func markSent(_ number: UInt64) { sentNumber.store(number, ordering: .relaxed) }

    /// Uses the turn that is there, if it is.
    func takeTurn() -> Bool { hasTurn.exchange(false, ordering: .relaxed) }
}
