/// A period that began at some moment of the store's clock.
///
/// The clock may step. If it steps back, ``settle(at:)`` starts the span again. A span never ends later than its length after it was
/// last settled.
struct Span: Sendable, Hashable {
    private(set) var start: Duration
    let length: Duration

    init(from start: Duration, for length: Duration) {
        self.start = start
        self.length = length
    }

    mutating func settle(at now: Duration) { start = min(start, now) }

    func remaining(at now: Duration) -> Duration { max(.zero, min(start, now) + length - now) }
}
