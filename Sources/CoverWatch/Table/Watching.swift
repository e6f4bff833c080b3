import CoverModel

/// What one call of `cover/watch` asks for.
struct Terms: Sendable {
    var interval: Duration
    var deadline: Timestamp?
    /// Whether the journal has the watch.
    var isKept = true
    /// Whether the journal may hear of it: not before the work on the call begins, for until then the call may be as if it had never come.
    var isRecorded = true
    /// The receipt of the call, until the call is answered.
    var receipt: UInt64?
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
    var isHeld: Bool { terms.receipt != nil || earlier.contains { $0.receipt != nil } }

    /// What the journal is to have; nil where that is nothing yet.
    var recorded: Terms? { terms.isRecorded ? terms : earlier.last(where: \.isRecorded) }

    /// The work on the call begins.
    mutating func record(_ receipt: UInt64) {
        if terms.receipt == receipt { terms.isRecorded = true }
        for index in earlier.indices where earlier[index].receipt == receipt { earlier[index].isRecorded = true }
    }

    func belongs(to receipt: UInt64) -> Bool {
        terms.receipt == receipt || earlier.contains { $0.receipt == receipt }
    }

    mutating func renew(_ terms: Terms) {
        earlier.append(self.terms)
        self.terms = terms
    }

    /// The call is answered: there is no way back to what was before it.
    mutating func settle(_ receipt: UInt64) {
        if terms.receipt == receipt {
            terms.receipt = nil
        } else if let index = earlier.firstIndex(where: { $0.receipt == receipt }) {
            earlier[index].receipt = nil
        }
        let newest = terms.receipt == nil ? nil : earlier.lastIndex { $0.receipt == nil }
        earlier = earlier.indices.filter { earlier[$0].receipt != nil || $0 == newest }.map { earlier[$0] }
    }

    /// Takes a call back.
    /// - Returns: whether anything is left of the watch.
    mutating func withdraw(_ receipt: UInt64) -> Bool {
        if let index = earlier.firstIndex(where: { $0.receipt == receipt }) {
            earlier.remove(at: index)
        } else if terms.receipt == receipt {
            guard let before = earlier.popLast() else { return false }
            terms = before
        }
        return true
    }
}
