import CoverModel

/// The claims of a bridge, and those that it may have without knowing, because an answer was lost. A value without I/O.
///
/// A command without an answer may have been executed. An unknown claim would hold while the bridge lives.
struct HeldClaims: Sendable, Hashable {
    /// The claims that the store must free, except the known ones.
    struct Doubt: Sendable, Hashable {
        /// The tasks; nil means a query that is not about a task.
        let tasks: [TaskID?]
        let known: [Int64]
    }

    /// The most tasks to remember. The claims of further tasks end by their time limit.
    private static let most = 1000

    private var known: Set<Int64> = []
    private var doubtful: Set<TaskID?> = []

    mutating func granted(_ claim: FleetClaim) { known.insert(claim.fence) }

    mutating func finished(_ claim: FleetClaim) { known.remove(claim.fence) }

    /// Records that a request for a claim was not answered.
    mutating func lost(_ taskId: TaskID?) { if doubtful.count < Self.most { doubtful.insert(taskId) } }

    /// nil if all claims are known.
    var doubt: Doubt? { doubtful.isEmpty ? nil : Doubt(tasks: Array(doubtful), known: known.sorted()) }

    /// Records that the store has freed the doubtful claims.
    mutating func cleared(_ doubt: Doubt) { doubtful.subtract(doubt.tasks) }
}
