/// A binary heap of events. The earliest event comes out before later events. Events of the same moment come out in the
/// order in which they were added.
struct Agenda<Event> {
    private var entries: [(at: Duration, order: Int, event: Event)] = []
    private var lastOrder = 0

    mutating func add(_ event: Event, at moment: Duration) {
        lastOrder += 1
        entries.append((moment, lastOrder, event))
        var place = entries.count - 1
        while place > 0, precedes(place, (place - 1) / 2) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// The moment of the earliest event; nil if there is none.
    var firstMoment: Duration? { entries.first?.at }

    mutating func next(until end: Duration) -> (at: Duration, event: Event)? {
        guard let first = entries.first, first.at <= end else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count && precedes(child, least) {
                least = child
            }
            if least == place { return (first.at, first.event) }
            entries.swapAt(place, least)
            place = least
        }
    }

    private func precedes(_ one: Int, _ other: Int) -> Bool {
        (entries[one].at, entries[one].order) < (entries[other].at, entries[other].order)
    }
}
