/// A duration as whole nanoseconds, in half the memory of `Duration`. It covers 292 years; a longer duration is cut to
/// that.
@propertyWrapper
struct Nanoseconds: Sendable, Hashable {
    private var count: Int64

    init(wrappedValue: Duration) { count = Self.count(of: wrappedValue) }

    var wrappedValue: Duration {
        get { .nanoseconds(count) }
        set { count = Self.count(of: newValue) }
    }

    private static func count(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (count, overflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !isTooLong, !overflow else { return seconds < 0 ? .min : .max }
        return count
    }
}

extension Nanoseconds: Comparable {
    static func < (left: Nanoseconds, right: Nanoseconds) -> Bool { left.count < right.count }
}
