import Jansson

/// A record in the format of `/api/v1/jobs/recordInfo`, which newer pages of the API's documentation use. The state is
/// a word, times are milliseconds since 1970, and the result is JSON inside a string.
struct MarketDocument: JSONEncodable {
    let document: SandboxDocument

    func encode(to writer: inout JSONWriter) {
        let phase = document.record.phase
        writer.object { writer in
            writer.member("taskId", document.taskID)
            writer.member("model", "suno-cover")
            writer.member("state", phase.marketState)
            writer.member("resultJson", phase == .succeeded ? Result(resultURLs: document.images).jsonText : nil)
            writer.member("failCode", phase == .failed ? "500" : nil)
            writer.member("failMsg", phase == .failed ? SandboxDocument.failureMessage : nil)
            writer.member("createTime", document.created)
            writer.member("completeTime", document.completed)
        }
    }

    private struct Result: JSONEncodable {
        let resultURLs: [String]

        func encode(to writer: inout JSONWriter) {
            writer.object { $0.member("resultUrls", resultURLs) }
        }
    }
}

extension SandboxRecord.Phase {
    fileprivate var marketState: String {
        switch self {
        case .pending: "waiting"
        case .generating: "generating"
        case .succeeded: "success"
        case .failed: "fail"
        }
    }
}
