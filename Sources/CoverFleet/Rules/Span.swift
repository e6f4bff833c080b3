/// A time that began at some moment of the store's clock and lasts.
///
/// The clock may step. Back: the span begins again with ``settle(at:)``. It never ends later than its length after it was last settled.
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
