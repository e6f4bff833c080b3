package import CoverModel

/// One bridge's reading of a task, which all bridges get.
package struct FleetReading: Sendable {
    package let number: ReadingNumber
    /// The status without the callback URL and the record, or the error of the API.
    package let result: Result<CoverStatus, CoverError>
    /// The number of errors in a row, including this one. Only errors that make a watch poll more slowly are counted.
    /// An unknown task is not counted.
    package let faults: Int
    /// How long ago the first error since the last status was read; zero for a status. Watches use this time for the
    /// grace period of a task that the API does not show yet. The time may be too short if there was much time between
    /// the readings.
    package let failingFor: Duration
    /// The time since the reading was made.
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

    /// Whether this reading is an error that is out of date. A process that was stopped for a while may receive such a
    /// reading.
    var isOutdatedError: Bool { isError && age >= FleetLimits.errorAge }
}
