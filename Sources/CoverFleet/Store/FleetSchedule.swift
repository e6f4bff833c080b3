package import CoverModel

/// Decides when each bridge polls a task. All bridges compute the same order without communication.
package enum FleetSchedule {
    /// The longest result of ``delay(of:by:among:)``.
    package static let longestDelay: Duration = .milliseconds(200)

    /// A number in 0..<1 that varies the interval to the next poll. It is computed from the id of the task and the
    /// number of its last reading.
    package static func chance(of taskId: TaskID, after number: ReadingNumber?) -> Double {
        var hash = StableHash()
        hash.combine(taskId.text)
        hash.combine(number?.epoch ?? 0)
        hash.combine(UInt64(bitPattern: number?.value ?? 0))
        return hash.fraction
    }

    /// How long a bridge waits for other bridges to poll the task first. The time is zero for one of the bridges. Which
    /// bridge that is depends on the task, so that the polls spread over the bridges.
    package static func delay(
        of taskId: TaskID,
        by bridge: FleetBridge.ID,
        among bridges: [FleetBridge.ID]
    ) -> Duration {
        let own = place(of: taskId, bridge)
        let rank = bridges.count { $0 != bridge && place(of: taskId, $0) < own }
        return rank == 0 ? .zero : longestDelay * rank / max(bridges.count - 1, rank)
    }

    private static func place(of taskId: TaskID, _ bridge: FleetBridge.ID) -> UInt64 {
        var hash = StableHash()
        hash.combine(taskId.text)
        hash.combine(bridge.number)
        return hash.value
    }
}
