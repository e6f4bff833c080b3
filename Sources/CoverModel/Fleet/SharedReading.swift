/// What a fleet adds to a reading that its bridges share.
package struct SharedReading: Sendable, Hashable {
    /// The position of the reading among all readings of the fleet.
    package let number: ReadingNumber
    /// The number of the task's readings in a row, including this one, that were errors; zero after a status.
    package let faults: Int
    /// How long ago the first of these errors in a row was read.
    package let failingFor: Duration
    /// How long ago the reading was made.
    package let age: Duration

    package init(number: ReadingNumber, faults: Int = 0, failingFor: Duration = .zero, age: Duration = .zero) {
        self.number = number
        self.faults = faults
        self.failingFor = failingFor
        self.age = age
    }
}
