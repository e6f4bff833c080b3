import Jansson

/// The member `data` of an answer: a record, and the further values that belong to it.
struct SandboxDocument {
    var taskID: String
    var parentTaskID: String
    var callbackURL: String
    /// When the task was first queried, in milliseconds since 1970.
    var created: Int64
    var record: SandboxRecord
    /// The port that serves the images on the loopback interface.
    var port: Int

    static let failureMessage = "The cover could not be generated: the sandbox was asked for a failure"

    var images: [String] {
        (0..<record.imageCount).map { index in
            SandboxImage(taskID: taskID, index: index + 1).address(port: port)
        }
    }

    /// When the task ended, in milliseconds since 1970; nil while the task runs.
    var completed: Int64? { record.completedAfter.map { created + $0.sandboxMilliseconds } }
}

extension SandboxDocument: JSONEncodable {
    /// Writes the document in the format of `/api/v1/suno/cover/record-info`.
    func encode(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("taskId", taskID)
            writer.member("parentTaskId", parentTaskID)
            writer.member("callbackUrl", callbackURL)
            writer.member("completeTime", completed.map(SandboxTimestamp.text))
            switch record.phase {
            case .succeeded: writer.member("response") { $0.object { $0.member("images", images) } }
            case .pending, .generating, .failed: writer.member("response", String?.none)
            }
            writer.member("successFlag", record.phase.flag)
            writer.member("createTime", SandboxTimestamp.text(created))
            writer.member("errorCode", record.phase.errorCode)
            writer.member("errorMessage", record.phase.errorMessage)
        }
    }
}

extension SandboxRecord.Phase {
    fileprivate var flag: Int {
        switch self {
        case .pending: 0
        case .succeeded: 1
        case .generating: 2
        case .failed: 3
        }
    }

    /// The code of the outcome: 200 for a success, and nil while the task runs.
    fileprivate var errorCode: Int? {
        switch self {
        case .pending, .generating: nil
        case .succeeded: 200
        case .failed: 500
        }
    }

    fileprivate var errorMessage: String? {
        switch self {
        case .pending, .generating: nil
        case .succeeded: ""
        case .failed: SandboxDocument.failureMessage
        }
    }
}
