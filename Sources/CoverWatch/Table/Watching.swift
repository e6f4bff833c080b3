import CoverModel

/// What one call of `cover/watch` asks for.
struct Terms: Sendable {
    enum State: Sendable {
        /// The call is yet to be answered. The journal does not hear of it before the work on it begins, for until then the call may be
        /// as if it had never come.
        case pending(callNumber: UInt64, isRecorded: Bool)
        /// The call is answered.
        case active
    }

    var interval: Duration
    var deadline: Timestamp?
    /// Whether the journal is to have the watch.
    var isPersistent = true
    var state = State.active

    var isPending: Bool { if case .pending = state { true } else { false } }

    var isRecorded: Bool { if case .pending(_, let isRecorded) = state { isRecorded } else { true } }

    func belongs(to callNumber: UInt64) -> Bool { if case .pending(callNumber, _) = state { true } else { false } }

    /// The work on the call begins.
    mutating func record(_ callNumber: UInt64) {
        if belongs(to: callNumber) { state = .pending(callNumber: callNumber, isRecorded: true) }
    }

    /// The call is answered.
    mutating func settle(_ callNumber: UInt64) {
        if belongs(to: callNumber) { state = .active }
    }
}

/// The watch of one task. The newest call's terms are in force at once. Those before them come back if that call is taken back.
struct Watching: Sendable {
    private(set) var terms: Terms
    /// The terms before, oldest first. One of these calls at the most is answered, and none where the newest is.
    private var earlier: [Terms] = []
    /// Whether anything of the watch may have been told, and the task been asked about.
    var hasBegun = false
    /// When the first call came.
    let since: Duration

    init(_ terms: Terms, since: Duration) {
        self.terms = terms
        self.since = since
    }

    /// Whether a call is yet to be answered: what happens meanwhile is told after that.
    var isHeld: Bool { terms.isPending || earlier.contains(where: \.isPending) }

    /// What the journal is to have; nil where that is nothing yet.
    var recorded: Terms? { terms.isRecorded ? terms : earlier.last(where: \.isRecorded) }

    /// The work on the call begins.
    mutating func record(_ callNumber: UInt64) {
        terms.record(callNumber)
        for index in earlier.indices { earlier[index].record(callNumber) }
    }

    func belongs(to callNumber: UInt64) -> Bool {
        terms.belongs(to: callNumber) || earlier.contains { $0.belongs(to: callNumber) }
    }

    mutating func renew(_ terms: Terms) {
        earlier.append(self.terms)
        self.terms = terms
    }

    /// The call is answered: there is no way back to what was before it.
    mutating func settle(_ callNumber: UInt64) {
        terms.settle(callNumber)
        for index in earlier.indices { earlier[index].settle(callNumber) }
        let newest = terms.isPending ? earlier.lastIndex { !$0.isPending } : nil
        earlier = earlier.indices.filter { earlier[$0].isPending || $0 == newest }.map { earlier[$0] }
    }

    /// Takes a call back.
    /// - Returns: whether anything is left of the watch.
    mutating func rollback(_ callNumber: UInt64) -> Bool {
        if let index = earlier.firstIndex(where: { $0.belongs(to: callNumber) }) {
            earlier.remove(at: index)
        } else if terms.belongs(to: callNumber) {
            guard let before = earlier.popLast() else { return false }
            terms = before
        }
        return true
    }
}
