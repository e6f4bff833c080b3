import CoverModel

/// What one call of `cover/watch` asks for.
struct Terms: Sendable {
    enum State: Sendable {
        /// The call is not answered yet. Before the work on the call begins, the journal stores nothing about the call,
        /// because the call may still be undone without a trace.
        case pending(callNumber: UInt64, isRecorded: Bool)
        /// The call has been answered.
        case active
    }

    @Nanoseconds var interval: Duration
    var deadline: Timestamp?
    /// Whether the journal stores the watch.
    var isPersistent = true
    var state = State.active

    var isPending: Bool { if case .pending = state { true } else { false } }

    var isRecorded: Bool { if case .pending(_, let isRecorded) = state { isRecorded } else { true } }

    func belongs(to callNumber: UInt64) -> Bool { if case .pending(callNumber, _) = state { true } else { false } }

    /// Notes that the work on the call begins.
    mutating func record(_ callNumber: UInt64) {
        if belongs(to: callNumber) { state = .pending(callNumber: callNumber, isRecorded: true) }
    }

    /// Notes that the call is answered.
    mutating func settle(_ callNumber: UInt64) {
        if belongs(to: callNumber) { state = .active }
    }
}

/// The watch of one task. The terms of the newest call apply at once. The earlier terms return if that call is undone.
struct Watching: Sendable {
    private(set) var terms: Terms
    /// Whether the watch has begun, which means that its task is polled. Its events may still wait for the answer to the
    /// call.
    var hasBegun = false
    /// The terms of earlier calls, oldest first. At most one of these calls is answered. If the newest call is
    /// answered, none of them is.
    private var earlier: [Terms] = []
    /// When the first call came.
    @Nanoseconds private(set) var since: Duration

    init(_ terms: Terms, since: Duration) {
        self.terms = terms
        _since = Nanoseconds(wrappedValue: since)
    }

    /// Whether a call is not answered yet. What happens in the meantime is emitted after the answer.
    var isHeld: Bool { terms.isPending || earlier.contains(where: \.isPending) }

    /// The terms that the journal stores; nil if it stores nothing yet.
    var recorded: Terms? { terms.isRecorded ? terms : earlier.last(where: \.isRecorded) }

    /// Notes that the work on the call begins.
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

    /// Notes that the call is answered. The earlier terms can no longer return.
    mutating func settle(_ callNumber: UInt64) {
        terms.settle(callNumber)
        for index in earlier.indices { earlier[index].settle(callNumber) }
        let newest = terms.isPending ? earlier.lastIndex { !$0.isPending } : nil
        earlier = earlier.indices.filter { earlier[$0].isPending || $0 == newest }.map { earlier[$0] }
    }

    /// Undoes a call.
    ///
    /// - Returns: whether anything remains of the watch.
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
