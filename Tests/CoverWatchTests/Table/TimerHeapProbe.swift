import CoverModel

@testable import CoverWatch

/// Makes the same changes to a timer heap and to a dictionary, which must agree.
struct TimerHeapProbe {
    private var heap = TimerHeap()
    private var model: [Int: (due: Duration, order: Int)] = [:]
    private var random: SplitMix64
    private var order = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// Makes one random change to both.
    /// - Returns: whether the heap and the dictionary agree after the change.
    mutating func step() -> Bool {
        let key = Int.random(in: 0..<100, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            heap.remove(key)
            model[key] = nil
        case 1:
            let now = Duration.milliseconds(Int.random(in: 0..<50, using: &random))
            let first = model.min { ($0.value.due, $0.value.order) < ($1.value.due, $1.value.order) }
            let expected = first.flatMap { $0.value.due <= now ? $0.key : nil }
            if let expected { model[expected] = nil }
            guard heap.popFirst(due: now)?.key == expected else { return false }
        default:
            let due = Duration.milliseconds(Int.random(in: 0..<50, using: &random))
            order += 1
            heap.set(key, due: due)
            model[key] = (due, order)
        }
        return heap.count == model.count && heap.due(of: key) == model[key]?.due
            && heap.first?.due == model.values.map(\.due).min()
    }
}
