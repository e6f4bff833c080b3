/// One moment on both clocks: the monotonic one decides, the wall clock is what people are told.
package struct ClockReading: Sendable {
    package var now: Duration
    package var wall: Timestamp

    package init(now: Duration, wall: Timestamp) {
        self.now = now
        self.wall = wall
    }

    /// The wall clock's time at another monotonic moment, as far as can be told now.
    package func wallTime(at other: Duration) -> Timestamp { wall.advanced(by: other - now) }
}

extension Timeline {
    package var moment: ClockReading { ClockReading(now: now, wall: wallTime) }
}
