public import Jansson

/// All that is known of one cover task at one moment.
public struct CoverStatus: Sendable {
    /// Why a task failed, in the API's words.
    public struct Failure: Sendable, Hashable {
        /// The API's number for it (`errorCode`, or the code of the answer), where it gave one.
        public var code: Int?
        public var message: String

        public init(code: Int?, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// Something odd about a record that did not cost the record.
    public struct Warning: Sendable, Hashable {
        /// A stable word, as in `unreadableTime`.
        public var kind: String
        public var message: String

        public init(kind: String, message: String) {
            self.kind = kind
            self.message = message
        }
    }

    public var taskId: TaskID
    /// The music task that the cover belongs to.
    public var parentTaskId: String?
    public var state: CoverState
    /// Whether nothing more will come of this task.
    public var final: Bool
    /// Where the images are, https alone (plain http on loopback), without duplicates, in the API's order.
    public var images: [String]
    public var createdAt: Timestamp?
    public var completedAt: Timestamp?
    /// Until when the images are kept: completion, else creation, and 14 days. An estimate from the vendor's documentation.
    public var expiresAt: Timestamp?
    public var failure: Failure?
    public var callbackUrl: String?
    public var warnings: [Warning]
    /// When the API was asked.
    public var checkedAt: Timestamp
    /// The API's own `data` object, where it was asked for.
    public var record: JSONValue?

    public init(
        taskId: TaskID,
        parentTaskId: String? = nil,
        state: CoverState,
        final: Bool,
        images: [String] = [],
        createdAt: Timestamp? = nil,
        completedAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil,
        failure: Failure? = nil,
        callbackUrl: String? = nil,
        warnings: [Warning] = [],
        checkedAt: Timestamp,
        record: JSONValue? = nil
    ) {
        self.taskId = taskId
        self.parentTaskId = parentTaskId
        self.state = state
        self.final = final
        self.images = images
        self.createdAt = createdAt
        self.completedAt = completedAt
        self.expiresAt = expiresAt
        self.failure = failure
        self.callbackUrl = callbackUrl
        self.warnings = warnings
        self.checkedAt = checkedAt
        self.record = record
    }
}
