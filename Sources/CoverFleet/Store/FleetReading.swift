package import CoverModel

/// What one bridge read of a task, as all of them get it.
package struct FleetReading: Sendable {
    package let number: ReadingNumber
    /// The status without callback URL and record, or what the API answered instead of one.
    package let result: Result<CoverStatus, CoverError>
    /// How many readings in a row, this one included, were errors.
    package let faults: Int
    /// How long ago the first of these errors was read; zero where there is none. For the grace of a task that is not visible yet.
    package let failingFor: Duration
    /// How long ago it was read.
    package let age: Duration

    package init(
        number: ReadingNumber,
        result: Result<CoverStatus, CoverError>,
        faults: Int,
        failingFor: Duration,
        age: Duration
    ) {
        self.number = number
        self.result = result
        self.faults = faults
        self.failingFor = failingFor
        self.age = age
    }
}
