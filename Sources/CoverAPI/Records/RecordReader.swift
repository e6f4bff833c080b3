import CoverModel
import Jansson

/// Reads one record of the API in any of its styles. An unreadable part causes a warning, and never the loss of the
/// record.
struct RecordReader {
    /// The task that was queried.
    let taskId: TaskID
    let checkedAt: Timestamp
    private let fields: LenientObject
    private let record: JSONValue
    private var warnings = WarningList()

    /// - Throws: `malformedResponse` if `data` is no object, or the record of another task.
    init(data: JSONValue, taskId: TaskID, checkedAt: Timestamp) throws(CoverError) {
        let record = data.unwrapped
        guard let fields = LenientObject(record) else {
            throw CoverError(.malformedResponse, "The record in the API's answer is no object.")
        }
        if let found = fields["taskid", "id"] {
            guard let text = found.lenientText else {
                throw CoverError(.malformedResponse, "The record's taskId is neither text nor number.")
            }
            // The id is not trimmed, because ids are bytes: "t9 " and "t9" are two tasks.
            guard TaskID(found.string ?? text) == taskId else {
                throw CoverError(
                    .malformedResponse,
                    "The API answered with the record of another task.",
                    taskId: taskId
                )
            }
        }
        self.record = record
        self.fields = fields
        self.taskId = taskId
        self.checkedAt = checkedAt
        for name in fields.conflicts.sorted() {
            warnings.add(
                "conflictingFields",
                "“\(name.presentable(upTo: 60))” is there twice with different values."
            )
        }
    }

    /// Whether the record has a member that a record of a task has. A list without entries, for example, has none.
    var isOfTask: Bool {
        fields["taskid", "id", "successflag"] != nil || fields["status", "state"] != nil
            || fields["response", "resultjson", "result"] != nil || fields["images"] != nil
    }

    /// The status according to the record's own flags.
    mutating func status() -> CoverStatus {
        let (state, word) = readState()
        let errorCode = readErrorCode(state)
        var failure: CoverStatus.Failure?
        if state == .failed {
            failure = .init(
                code: errorCode,
                message: readReason() ?? word.map { "The API reports \($0)." } ?? "The API gives no reason."
            )
        }
        return assemble(state, failure)
    }

    /// The status of a task that failed according to the code of the answer. The record adds details.
    mutating func status(failedWith failure: CoverStatus.Failure) -> CoverStatus {
        if let state = livingState {
            warnings.add("conflictingFields", "The answer's code says failed, the record's flag \(state.rawValue).")
        }
        return assemble(.failed, failure)
    }

    /// The state according to the record's own flags, if they say that the task has not failed; otherwise nil.
    var livingState: CoverState? {
        mutating get {
            guard fields["successflag"] != nil || fields["status", "state"] != nil else { return nil }
            let (state, _) = readState()
            return state == .failed || state == .unknown ? nil : state
        }
    }

    private mutating func assemble(_ state: CoverState, _ failure: CoverStatus.Failure?) -> CoverStatus {
        let (images, hasRefusedAll) = readImages()
        let createdAt = readTime("createTime", fields["createtime", "createdat", "createdtime"])
        let completedAt = readTime("completeTime", fields["completetime", "completedat", "completedtime"])
        let isEmptySuccess = state == .succeeded && images.isEmpty
        if isEmptySuccess {
            let words =
                hasRefusedAll
                ? "The API lists images, but none that may be fetched."
                : "The API calls the task done, but lists no image yet."
            warnings.add("noImages", words)
        }
        return CoverStatus(
            taskId: taskId,
            parentTaskId: readText("parentTaskId", fields["parenttaskid"]),
            state: state,
            // A replica may not have all images of a success yet, so another poll is worthwhile.
            final: state == .failed || (state == .succeeded && (!isEmptySuccess || hasRefusedAll)),
            images: images,
            createdAt: createdAt,
            completedAt: completedAt,
            expiresAt: (completedAt ?? createdAt)?.advanced(by: ImageExpiry.retention),
            failure: failure,
            callbackUrl: readText("callbackUrl", fields["callbackurl"]),
            warnings: warnings.list,
            checkedAt: checkedAt,
            record: record
        )
    }

    /// The state, and the API's word for it if there is one.
    private mutating func readState() -> (state: CoverState, word: String?) {
        let spoken = readWord()
        guard let flag = fields["successflag"] else {
            if spoken == nil { warnings.add("missingState", "The record has neither successFlag nor status.") }
            return (spoken?.state ?? .unknown, spoken?.word)
        }
        guard let number = flag.lenientInteger else {
            warnings.add("unreadableFlag", "successFlag is no number: \(flag.excerpt).")
            return (spoken?.state ?? .unknown, spoken?.word)
        }
        let state: CoverState? =
            switch number {
            case 0: .pending
            case 1: .succeeded
            case 2: .generating
            case 3: .failed
            default: nil
            }
        if state == nil { warnings.add("unknownFlag", "successFlag is \(number), which is not documented.") }
        if let spoken, spoken.state != .unknown, spoken.state != state {
            warnings.add(
                "conflictingFields",
                "successFlag says \(number), status says \(spoken.word); the flag counts."
            )
        }
        return (state ?? .unknown, spoken?.state == state ? spoken?.word : nil)
    }

    /// The meaning of the status string; nil if there is none.
    private mutating func readWord() -> (state: CoverState, word: String)? {
        guard let value = fields["status", "state"] else { return nil }
        guard let text = value.string.map({ $0.presentable(upTo: 60) }) else {
            warnings.add("unknownStatus", "status is no text: \(value.excerpt).")
            return nil
        }
        switch text.uppercased() {
        case "PENDING", "WAITING", "QUEUING": return (.pending, text)
        case "GENERATING": return (.generating, text)
        case "SUCCESS": return (.succeeded, text)
        case "CREATE_TASK_FAILED", "GENERATE_COVER_FAILED", "FAIL": return (.failed, text)
        default:
            warnings.add("unknownStatus", "status is “\(text)”, which is not documented.")
            return (.unknown, text)
        }
    }

    /// The record's own error code. A success has 200. An unfinished task has 0 or null.
    private mutating func readErrorCode(_ state: CoverState) -> Int? {
        guard let value = fields["errorcode", "failcode"] else { return nil }
        guard let code = value.lenientInteger.flatMap(Int.init(exactly:)) else {
            warnings.add("unreadableCode", "errorCode is no number: \(value.excerpt).")
            return nil
        }
        let isError = code != 200 && code != 0
        if isError, state == .succeeded || state == .generating || state == .pending {
            warnings.add(
                "conflictingFields",
                "errorCode is \(code), yet the flag says \(state.rawValue); the flag counts."
            )
        }
        return isError ? code : nil
    }

    /// The reason of a failure: the text of the first member that contains a reason.
    private mutating func readReason() -> String? {
        for (name, value) in [
            ("errorMessage", fields["errormessage"]), ("failMsg", fields["failmsg"]), ("errorMsg", fields["errormsg"]),
        ] {
            guard let value, let reason = value.reason?.presentable(upTo: 1000), !reason.isEmpty else { continue }
            if value.lenientText == nil { warnings.add("unreadableText", "\(name) is no text: \(value.excerpt).") }
            return reason
        }
        return nil
    }

    private mutating func readImages() -> (images: [String], hasRefusedAll: Bool) {
        var collector = ImageCollector()
        for source in [fields["response", "resultjson", "result"], fields["images"]] {
            guard let source, collector.images.isEmpty else { continue }
            collector.collect(source, depth: 0)
        }
        for warning in collector.warnings.list { warnings.add(warning.kind, warning.message) }
        return (collector.images, collector.hasRefusedAll)
    }

    private mutating func readTime(_ name: String, _ value: JSONValue?) -> Timestamp? {
        guard let value, value.lenientNumber != 0 else { return nil }
        if let time = Timestamp(lenient: value) { return time }
        warnings.add("unreadableTime", "\(name) is no time of the years 2000 to 9999: \(value.excerpt).")
        return nil
    }

    private mutating func readText(_ name: String, _ value: JSONValue?) -> String? {
        guard let value else { return nil }
        if let text = value.lenientText { return text }
        warnings.add("unreadableText", "\(name) is no text: \(value.excerpt).")
        return nil
    }
}
