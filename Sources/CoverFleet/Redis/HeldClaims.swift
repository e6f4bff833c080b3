import CoverModel

/// The claims that a bridge has, and what it may have without knowing, since answers never came. A value without I/O.
///
/// A command that was not answered may have been carried out. An unknown claim would stand while the bridge lives.
struct HeldClaims: Sendable, Hashable {
    /// What the store must free, unless it is one of the claims that are known.
    struct Doubt: Sendable, Hashable {
        /// The tasks; nil stands for a query that is not about a task.
        let tasks: [TaskID?]
        let known: [Int64]
    }

    /// How many tasks are remembered. What is beyond is free when its claim is over.
    private static let most = 1000

    private var known: Set<Int64> = []
    private var doubtful: Set<TaskID?> = []

    mutating func granted(_ claim: FleetClaim) { known.insert(claim.fence) }

    mutating func finished(_ claim: FleetClaim) { known.remove(claim.fence) }

    /// A question for a claim was not answered.
    mutating func lost(_ taskId: TaskID?) { if doubtful.count < Self.most { doubtful.insert(taskId) } }

    /// nil where all is known.
    var doubt: Doubt? { doubtful.isEmpty ? nil : Doubt(tasks: Array(doubtful), known: known.sorted()) }

    /// The store has freed what was in doubt.
    mutating func cleared(_ doubt: Doubt) { doubtful.subtract(doubt.tasks) }
}
