/// Timers ordered by due moment, one per key, in a binary heap that stores the position of each key.
///
/// Setting and removing cost O(log n). A removed timer is gone, so the heap never has to skip stale timers, even if a
/// watch is renewed very often. Timers with the same moment come in the order in which they were set.
struct TimerHeap: Sendable {
    private struct Timer: Comparable {
        @Nanoseconds var due: Duration
        /// It begins again at zero after four thousand million timers. A pair that is set at that moment for the same
        /// time may change its order, which harms nothing.
        var order: UInt32
        var key: Int32

        static func < (left: Timer, right: Timer) -> Bool {
            left._due == right._due ? left.order < right.order : left._due < right._due
        }
    }

    private var timers: [Timer] = []
    /// The position of each key's timer in `timers`; -1 if it has none. The keys are those of a ``Slab``.
    private var positions: [Int32] = []
    private var order: UInt32 = 0
    /// For how many timers an empty heap keeps memory. The first queries of many watches are over soon.
    private static let mostKept = 1024

    var count: Int { timers.count }

    var first: (key: Int, due: Duration)? { timers.first.map { (Int($0.key), $0.due) } }

    /// When the timer of a key is due; nil if it has none.
    func due(of key: Int) -> Duration? { position(of: key).map { timers[$0].due } }

    mutating func set(_ key: Int, due: Duration) {
        order &+= 1
        let timer = Timer(due: due, order: order, key: Int32(key))
        if let position = position(of: key) {
            timers[position] = timer
            siftUp(siftDown(position))
        } else {
            if key >= positions.count {
                positions.append(contentsOf: repeatElement(-1, count: key + 1 - positions.count))
            }
            timers.append(timer)
            siftUp(timers.count - 1)
        }
    }

    mutating func remove(_ key: Int) {
        guard let position = position(of: key) else { return }
        positions[key] = -1
        let last = timers.removeLast()
        if timers.isEmpty, timers.capacity > Self.mostKept { timers = [] }
        guard position < timers.count else { return }
        timers[position] = last
        siftUp(siftDown(position))
    }

    /// The number of due timers, counted up to a limit.
    func count(due now: Duration, atMost limit: Int) -> Int {
        var count = 0
        var open = [0]
        while count < limit, let position = open.popLast() {
            guard position < timers.count, timers[position].due <= now else { continue }
            count += 1
            open.append(2 * position + 1)
            open.append(2 * position + 2)
        }
        return count
    }

    /// Removes the first timer if it is due.
    mutating func popFirst(due now: Duration) -> (key: Int, due: Duration)? {
        guard let first, first.due <= now else { return nil }
        remove(first.key)
        return first
    }

    private func position(of key: Int) -> Int? {
        guard key < positions.count, positions[key] >= 0 else { return nil }
        return Int(positions[key])
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        let timer = timers[position]
        while position > 0 {
            let parent = (position - 1) / 2
            guard timer < timers[parent] else { break }
            place(timers[parent], at: position)
            position = parent
        }
        place(timer, at: position)
    }

    private mutating func siftDown(_ start: Int) -> Int {
        var position = start
        let timer = timers[position]
        while true {
            var child = 2 * position + 1
            guard child < timers.count else { break }
            if child + 1 < timers.count, timers[child + 1] < timers[child] { child += 1 }
            guard timers[child] < timer else { break }
            place(timers[child], at: position)
            position = child
        }
        place(timer, at: position)
        return position
    }

    private mutating func place(_ timer: Timer, at position: Int) {
        timers[position] = timer
        positions[Int(timer.key)] = Int32(position)
    }
}
