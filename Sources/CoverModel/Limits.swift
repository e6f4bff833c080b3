/// What may be asked for, and what holds where nothing is: for the options, the protocol and the client alike.
package enum Limits {
    /// Queries per second at most.
    package static let rate = 10.0
    package static let rates = 0.001...1_000_000.0
    /// Seconds between two looks at a task.
    package static let interval = 30.0
    /// The API is not asked about one task more often than once a second.
    package static let intervals = 1...86_400.0
    /// The sandbox may be.
    package static let sandboxIntervals = 0.05...86_400.0
    /// After how many seconds to give up; 0 itself is none.
    package static let timeouts = 0...604_800.0
    /// How many seconds old an answer from memory may be.
    package static let ages = 0...365 * 86_400.0
    /// How many tasks one call is about.
    package static let taskCounts = 1...1000
    /// How many entries one page has, and has where nothing is said.
    package static let pageSizes = 1...1000
    package static let pageSize = 100
    /// How many characters a task's id has.
    package static let taskIdLengths = 1...256

    package static func intervals(inSandbox: Bool) -> ClosedRange<Double> { inSandbox ? sandboxIntervals : intervals }
}
