public import Jansson

/// What is known about one cover task at one moment.
public struct CoverStatus: Sendable {
    /// Why a task failed, as the API says.
    public struct Failure: Sendable, Hashable {
        /// The API's number for the failure (`errorCode`, or the code of the answer); nil if it gave none.
        public var code: Int?
        /// The API's message.
        public var message: String

        /// - Parameters:
        ///   - code: the API's number for the failure; nil if it gave none.
        ///   - message: the API's message.
        public init(code: Int?, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// A part of a record that is odd but does not make the record unusable.
    public struct Warning: Sendable, Hashable {
        /// A stable word for programs, such as `unreadableTime`.
        public var kind: String
        /// What is odd, in a sentence.
        public var message: String

        /// - Parameters:
        ///   - kind: a stable word for programs.
        ///   - message: what is odd, in a sentence.
        public init(kind: String, message: String) {
            self.kind = kind
            self.message = message
        }
    }

    /// The task, by the id that was asked for.
    public var taskId: TaskID
    /// The music task that the cover belongs to; nil if the record has none.
    public var parentTaskId: String?
    /// The URLs of the images: https only (plain http on loopback), without duplicates, in the API's order.
    public var images: [String]
    /// When the task was created; nil if the record does not say.
    public var createdAt: Timestamp?
    /// When the task was completed; nil if it was not, or if the record does not say.
    public var completedAt: Timestamp?
    /// When the images are deleted: 14 days after completion, or after creation if the completion is unknown. This is
    /// an estimate from the vendor's documentation.
    public var expiresAt: Timestamp?
    // The next two share eight bytes with the time before them.
    /// The state.
    public var state: CoverState
    /// Whether the status will not change any more.
    public var final: Bool
    /// Why the task failed; nil if it did not.
    public var failure: Failure? {
        get { rare?.failure }
        set { rare = Rare(newValue, warnings, record) }
    }
    /// The callback URL of the order, from the record; nil if the record has none. It is a secret and is not logged.
    public var callbackUrl: String?
    /// What is odd about the record.
    public var warnings: [Warning] {
        get { rare?.warnings ?? [] }
        set { rare = Rare(failure, newValue, record) }
    }
    /// When the API was asked.
    public var checkedAt: Timestamp
    /// The API's own `data` object, if it was asked for.
    public var record: JSONValue? {
        get { rare?.record }
        set { rare = Rare(failure, warnings, newValue) }
    }
    private var rare: Rare?

    /// What most statuses do not have. It is on the heap, so that it takes no space in each status.
    private final class Rare: Sendable {
        let failure: Failure?
        let warnings: [Warning]
        let record: JSONValue?

        init?(_ failure: Failure?, _ warnings: [Warning], _ record: JSONValue?) {
            if failure == nil, warnings.isEmpty, record == nil { return nil }
            self.failure = failure
            self.warnings = warnings
            self.record = record
        }
    }

    /// - Parameters:
    ///   - taskId: the task, by the id that was asked for.
    ///   - parentTaskId: the music task that the cover belongs to.
    ///   - state: the state.
    ///   - final: whether the status will not change any more.
    ///   - images: the URLs of the images.
    ///   - createdAt: when the task was created.
    ///   - completedAt: when the task was completed.
    ///   - expiresAt: when the images are deleted.
    ///   - failure: why the task failed.
    ///   - callbackUrl: the callback URL of the order.
    ///   - warnings: what is odd about the record.
    ///   - checkedAt: when the API was asked.
    ///   - record: the API's own `data` object.
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
        self.callbackUrl = callbackUrl
        self.checkedAt = checkedAt
        rare = Rare(failure, warnings, record)
    }
}
