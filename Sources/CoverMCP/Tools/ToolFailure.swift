import CoverModel
import JSONRPC
import Jansson

/// An error in a form that helps a model to continue: the kind of the error, what happened, and what to do next.
struct ToolFailure {
    private let tool: String
    let error: RPCError

    init(_ error: RPCError, of tool: Tool) {
        self.error = error
        self.tool = tool.name
    }

    var text: String {
        let said = detail("apiMessage", as: String.self).map { " The API says: \($0)" } ?? ""
        var text = "\(error.kind): \(error.message)\(said)\nNext: \(next)"
        if let last { text += "\nLast seen: \(Summary.status(last))" }
        return text
    }

    /// Writes the error for programs. It goes into `_meta`, because some hosts check structured content against the
    /// schema of a success.
    func encode(to meta: inout JSONWriter) {
        meta.member(MetaKey.error) {
            $0.object {
                $0.member("kind", error.kind)
                $0.member("code", error.code)
                $0.member("message", error.message)
                $0.member("next", next)
                $0.member("retryable", error.retryable)
                for detail in error.details { $0.member(detail.name, detail.value) }
            }
        }
    }

    private func detail<Value>(_ name: String, as type: Value.Type) -> Value? {
        error.details.first { $0.name == name }?.value as? Value
    }

    /// Whether a proxy or another server sent the error, and not the API. See ``CoverError/isOfGateway``.
    private var isOfGateway: Bool {
        let (status, code) = (detail("httpStatus", as: Int.self), detail("apiCode", as: Int.self))
        return status == 407 || code == 407
            || status != nil && code == nil && detail("apiMessage", as: String.self) == nil
    }

    /// The last status that a wait saw; nil if there was none.
    private var last: CoverStatus? { detail("last", as: CoverStatus.self) }

    private var seconds: String { detail("retryAfter", as: Double.self)?.jsonText ?? "30" }

    private var next: String {
        switch error.kind {
        case "waitTimeout" where last == nil:
            return """
                The API has given no status of this task yet: call status, which says why, and check the id. If it was ordered, it \
                continues and is already paid for: wait again, and do not generate again because of this.
                """
        case "waitTimeout" where last?.state == .succeeded:
            return """
                The task succeeded and is already paid for; only its images are missing. Call wait with the same taskId again. \
                Do not generate again because of this.
                """
        case "waitTimeout":
            return """
                The task is still running and is already paid for. Call wait with the same taskId again, or watch it and \
                read changes later. Do not generate again because of this.
                """
        case "invalidParams": return "Correct the arguments and call \(tool) again."
        case "badRequest":
            return """
                If the words above are about the arguments, correct them and call \(tool) again. Otherwise tell the user; \
                repeating the call does not help.
                """
        case "validationFailed" where tool == "generate":
            return """
                Nothing was ordered. If the call had no callbackUrl, call generate again with one: the user's, or else \
                https://example.com/callback, as wait and watch need none. Otherwise check that taskId is the music task's.
                """
        case "validationFailed": return "Check the arguments; the API's own words say what it does not like."
        case "taskNotFound" where tool == "wait":
            return """
                Check the id: it must be the cover task's, not the music task's. The API has not known it for 90 seconds, \
                longer than a new task takes to show; it keeps records for two months.
                """
        case "taskNotFound" where tool == "callback":
            return """
                Nothing proves the callback. Watch the task if the user follows it, or tell the user to start this server with \
                --webhook-key-file FILE; to know the status of the task, call status.
                """
        case "taskNotFound":
            return """
                Check the id: it must be the cover task's, not the music task's. A task that was ordered less than 90 \
                seconds ago may not be visible yet: call wait, which allows for that.
                """
        case "unauthorized" where isOfGateway:
            return """
                Tell the user what answered in the API's place, with the words above. The key may be right; repeating the call \
                does not help until the way to the API is mended.
                """
        case "unauthorized":
            return
                "Tell the user that the Kie.ai key was refused. Repeating the call does not help until it is replaced."
        case "badSignature":
            return """
                Do not believe the callback, and do not repeat the call: it may be forged or old. To know how the task \
                stands, call status.
                """
        case "missingCredentials":
            return """
                Tell the user what is wrong with the key, in the words above. The key belongs into the file that \
                --api-key-file FILE of this server names, or into KIE_API_KEY in the host's configuration of this server.
                """
        case "insufficientCredits": return "Tell the user that the account has too few credits; credits says how many."
        case "conflict":
            return
                "There is a cover already, and nothing was charged. Ask the user for its task id; do not order again."
        case "untrustedServer":
            return """
                Tell the user that the server's certificate is not trusted, with the reason above. Nothing was sent to it, and \
                repeating the call does not help until that is mended.
                """
        case "featureDisabled", "insecureEndpoint": return "Tell the user; repeating the call does not help."
        case "fileExists":
            return "Choose another directory, or pass overwrite: true if the user agrees to lose the file."
        case "shuttingDown": return "The server is stopping. Repeat the call when it has been started again."
        case "downloadFailed" where error.retryable:
            return "If the task is not final yet, call wait first; else call \(tool) again in \(seconds) seconds."
        case "downloadFailed":
            return """
                If the words above name a way, such as another directory, choose it or ask the user. Otherwise tell the user. \
                Repeating the same call does not help.
                """
        case _ where error.retryable && tool == "generate":
            return """
                It is not known whether the order was taken. Repeating this very call after \(seconds) seconds is safe: \
                a music task has one cover, and a second order answers with the first one's id.
                """
        case _ where error.retryable:
            return """
                This may pass: call \(tool) again in \(seconds) seconds, and tell the user if it stays. It says nothing about \
                the task, which continues and must not be paid for again.
                """
        default: return "Tell the user what happened."
        }
    }
}
