package import CoverModel

/// One bridge's reading of a task, which all bridges get.
package struct FleetReading: Sendable {
    package let number: ReadingNumber
    /// The status without the callback URL and the record, or the API's error instead.
    package let result: Result<CoverStatus, CoverError>
    /// The number of errors in a row that watches back off from, including this one. An unknown task is not counted.
    package let faults: Int
    /// How long ago the first error since the last status was read; zero for a status. It is used for the grace of a task that is not
    /// visible yet. It may be too small if readings were far apart.
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

extension FleetReading {
    var isError: Bool { if case .failure = result { true } else { false } }

    /// Whether it is an error of some time ago, as a process meets one that was stopped for a while.
    var isOutdatedError: Bool { isError && age >= FleetLimits.errorAge }
}
