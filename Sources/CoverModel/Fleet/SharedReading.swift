/// What a fleet adds to a reading that its bridges share.
package struct SharedReading: Sendable, Hashable {
    /// Its place among all readings of the fleet.
    package let number: ReadingNumber
    /// How many readings of the task in a row, this one included, were errors; zero after a status.
    package let faults: Int
    /// How long ago the first of these errors was read.
    package let failingFor: Duration
    /// How long ago it was read.
    package let age: Duration

    package init(number: ReadingNumber, faults: Int = 0, failingFor: Duration = .zero, age: Duration = .zero) {
        self.number = number
        self.faults = faults
        self.failingFor = failingFor
        self.age = age
    }
}
