import CoverModel

/// The known claims of a bridge, and the claims that the bridge may have without knowledge because an answer was lost.
/// This is a value without I/O.
///
/// Redis may have executed a command even if no answer arrived. An unknown claim would stay valid while the bridge
/// runs.
struct HeldClaims: Sendable, Hashable {
    /// The claims that the store must free, except the known ones.
    struct Doubt: Sendable, Hashable {
        /// The tasks of the claims in doubt. A nil element means a query that is not about a task.
        let tasks: [TaskID?]
        let known: [Int64]
    }

    /// The largest number of tasks to remember. The claims of further tasks end only when their time limit is over.
    private static let most = 1000

    private var known: Set<Int64> = []
    private var doubtful: Set<TaskID?> = []

    mutating func granted(_ claim: FleetClaim) { known.insert(claim.fence) }

    mutating func finished(_ claim: FleetClaim) { known.remove(claim.fence) }

    /// Records that no answer arrived to a request for a claim.
    mutating func lost(_ taskId: TaskID?) { if doubtful.count < Self.most { doubtful.insert(taskId) } }

    /// The claims that the store must free; nil if all claims are known.
    var doubt: Doubt? { doubtful.isEmpty ? nil : Doubt(tasks: Array(doubtful), known: known.sorted()) }

    /// Records that the store has freed the doubtful claims.
    mutating func cleared(_ doubt: Doubt) { doubtful.subtract(doubt.tasks) }
}
