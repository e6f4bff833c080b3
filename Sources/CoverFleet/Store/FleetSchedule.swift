package import CoverModel

/// When each bridge polls a task. All bridges compute the same result without communication.
package enum FleetSchedule {
    /// The longest result of ``delay(of:by:among:)``.
    package static let longestDelay: Duration = .milliseconds(200)

    /// A number in 0..<1 by which the interval to the next poll varies, drawn from the task and its last reading.
    package static func chance(of taskId: TaskID, after number: ReadingNumber?) -> Double {
        var hash = StableHash()
        hash.combine(taskId.text)
        hash.combine(number?.epoch ?? 0)
        hash.combine(UInt64(bitPattern: number?.value ?? 0))
        return hash.fraction
    }

    /// How long a bridge waits for others to poll first: zero for one of them, another one for each task, so that the work spreads.
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
