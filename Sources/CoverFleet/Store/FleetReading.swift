package import CoverModel

/// What one bridge read of a task, as all of them get it.
package struct FleetReading: Sendable {
    package let number: ReadingNumber
    /// The status without callback URL and record, or what the API answered instead of one.
    package let result: Result<CoverStatus, CoverError>
    /// How many errors that watches back off from there were in a row, this one included; an unknown task is none of them.
    package let faults: Int
    /// How long ago the first error since the last status was read; zero where this is a status. For the grace of a task that is not
    /// visible yet. It may be less than the truth, where readings were far apart.
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
