/// One moment on both clocks. Decisions use the monotonic clock; people see the wall clock.
package struct ClockReading: Sendable {
    package var now: Duration
    package var wall: Timestamp

    package init(now: Duration, wall: Timestamp) {
        self.now = now
        self.wall = wall
    }

    /// The wall clock's time at another monotonic moment. The result is right only if the wall clock does not jump.
    package func wallTime(at other: Duration) -> Timestamp { wall.advanced(by: other - now) }
}

extension Timeline {
    package var moment: ClockReading { ClockReading(now: now, wall: wallTime) }
}
