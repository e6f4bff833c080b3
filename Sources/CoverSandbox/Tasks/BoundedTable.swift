/// A dictionary that forgets its oldest entry when it is full.
struct BoundedTable<Value> {
    private var values: [ExactID: Value] = [:]
    /// The keys by age; a ring that starts at `oldest` once the table is full.
    private var keys: [ExactID] = []
    private var oldest = 0
    private let capacity: Int

    /// - Parameter capacity: at least 1.
    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(key: ExactID) -> Value? { values[key] }

    var entries: some Sequence<(key: ExactID, value: Value)> { values.lazy.map { ($0.key, $0.value) } }

    /// Changes the entry of a key in place, after making it where there is none.
    mutating func update<Result>(
        _ key: ExactID,
        initial: @autoclosure () -> Value,
        _ change: (inout Value) -> Result
    ) -> Result {
        if let index = values.index(forKey: key) { return change(&values.values[index]) }
        var value = initial()
        let result = change(&value)
        insert(key, value)
        return result
    }

    private mutating func insert(_ key: ExactID, _ value: Value) {
        if keys.count < capacity {
            keys.append(key)
        } else {
            values[keys[oldest]] = nil
            keys[oldest] = key
            oldest = (oldest + 1) % capacity
        }
        values[key] = value
    }
}
