import DequeModule

/// A dictionary that removes its oldest entry when it is full.
struct BoundedTable<Value> {
    private var values: [ExactID: Value] = [:]
    /// The keys in the order of their age. An ordered dictionary is not used, because it would move all other entries
    /// when the oldest one is removed.
    private var keys: Deque<ExactID> = []
    private let capacity: Int

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(key: ExactID) -> Value? { values[key] }

    var entries: some Sequence<(key: ExactID, value: Value)> { values.lazy.map { ($0.key, $0.value) } }

    /// Changes the entry of a key in place. If there is none, it is created first.
    mutating func update<Result>(
        _ key: ExactID,
        initial: @autoclosure () -> Value,
        _ change: (inout Value) -> Result
    ) -> Result {
        if let index = values.index(forKey: key) { return change(&values.values[index]) }
        var value = initial()
        let result = change(&value)
        if keys.count >= capacity, let oldest = keys.popFirst() { values[oldest] = nil }
        keys.append(key)
        values[key] = value
        return result
    }
}
