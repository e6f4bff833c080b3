/// The allowed ranges and the defaults of all settings, for the options, the protocol and the client.
package enum Limits {
    /// The default rate limit, in queries per second.
    package static let rate = 10.0
    package static let rates = 0.001...1_000_000.0
    /// The default interval between two polls of a task, in seconds.
    package static let interval = 30.0
    /// The allowed intervals, in seconds. The bridge polls a task at most once a second.
    package static let intervals = 1...86_400.0
    /// The allowed intervals with the sandbox, in seconds.
    package static let sandboxIntervals = 0.05...86_400.0
    /// The allowed timeouts, in seconds. 0 itself is refused.
    package static let timeouts = 0...604_800.0
    /// The allowed ages of an answer from memory, in seconds.
    package static let ages = 0...365 * 86_400.0
    /// The allowed number of tasks in one call.
    package static let taskCounts = 1...1000
    /// The allowed number of entries on one page. The default is ``pageSize``.
    package static let pageSizes = 1...1000
    package static let pageSize = 100
    /// The allowed number of characters in a task's id.
    package static let taskIdLengths = 1...256

    package static func intervals(inSandbox: Bool) -> ClosedRange<Double> { inSandbox ? sandboxIntervals : intervals }
}
