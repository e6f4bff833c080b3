/// A period that began at some moment of the store's clock.
///
/// The clock may jump. If it jumps back, ``settle(at:)`` starts the span again. The span ends at most ``length`` after
/// the last ``settle(at:)``.
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
