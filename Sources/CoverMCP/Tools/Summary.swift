import CoverModel
import Jansson

/// The results of the tools in a few words, for models that read no structured content.
enum Summary {
    /// How many lines of a list are told.
    private static let longest = 20

    static func status(_ status: JSONValue) -> String {
        let task = "Task \(status.text("taskId"))"
        let images = (status["images"]?.elements ?? []).compactMap(\.string)
        switch status.text("state") {
        case "succeeded" where images.isEmpty && status["final"]?.bool == true:
            return "\(task) succeeded without images that could be fetched. This is final."
        case "succeeded" where images.isEmpty:
            return "\(task) succeeded, but the API lists no image yet. Ask again in a minute."
        case "succeeded":
            let kept = status["expiresAt"]?.string.map { " They are kept until about \($0)." } ?? ""
            let uris = images.indices.map { ResourceAddress.image(TaskID(status.text("taskId")), $0 + 1).uri }
            return "\(task) succeeded: \(count(images.count, "image")).\(kept)\n"
                + zip(images, uris).map { "\($0) (resource \($1))" }.joined(separator: "\n")
        case "failed":
            let reason = status["failure"]?["message"]?.string ?? "the API gives no reason"
            return "\(task) failed: \(reason). This is final. A new order costs credits again: ask the user first."
        case let state:
            return "\(task) is \(state), not final. It goes on by itself: call wait with this taskId for its result."
        }
    }

    static func callback(_ result: JSONValue) -> String {
        let trust =
            result["verified"]?.bool == true ? "The callback's signature is right." : "The callback is not signed."
        return trust + " " + (result["status"].map(status) ?? "")
    }

    static func watches(_ result: JSONValue) -> String {
        let watches = result["watches"]?.elements ?? []
        return "Watching \(count(watches.count, "task")). Call changes to read what happened.\n"
            + lines(watches) { "\($0.text("taskId")): \($0["state"]?.string ?? "not seen yet")" }
    }

    static func unwatched(_ result: JSONValue) -> String {
        let ids = (result["unwatched"]?.elements ?? []).compactMap(\.string)
        return ids.isEmpty ? "None of these was watched." : "No longer watched: \(ids.joined(separator: ", "))."
    }

    static func changes(_ page: JSONValue) -> String {
        let changes = page["changes"]?.elements ?? []
        let last = changes.last?["sequence"]?.integer ?? page["lastSequence"]?.integer ?? 0
        let more =
            page["more"]?.bool == true ? "There is more: call changes with after \(last)." : "That is all so far."
        guard !changes.isEmpty else { return "Nothing happened after that (lastSequence \(last))." }
        return lines(changes, change) + "\n\(more) Last sequence: \(last)."
    }

    private static func change(_ change: JSONValue) -> String {
        let start = "#\(change["sequence"]?.integer ?? 0) \(change.text("taskId")): "
        guard let status = change["status"] else {
            let reason = change.text("reason")
            return start + "watch ended (\(reason))" + (reason == "timeout" ? "; the task goes on, so wait for it" : "")
        }
        let images = status["images"]?.count ?? 0
        return start + status.text("state") + (images > 0 ? ", \(count(images, "image"))" : "")
    }

    static func files(_ result: JSONValue) -> String {
        let files = result["files"]?.elements ?? []
        return "Saved \(count(files.count, "file")).\n"
            + lines(files) { "\($0.text("path")) (\($0.text("mediaType")), \($0["bytes"]?.integer ?? 0) bytes)" }
    }

    static func generation(_ result: JSONValue) -> String {
        let how =
            result["reused"]?.bool == true
            ? "The music task had a cover already, which costs nothing" : "The cover was ordered"
        return "\(how): cover task \(result.text("taskId")). Call wait with this taskId for its images."
    }

    static func credits(_ result: JSONValue) -> String {
        "\((result["credits"]?.number ?? 0).jsonText) credits are left."
    }

    private static func lines(_ values: [JSONValue], _ line: (JSONValue) -> String) -> String {
        let rest = values.count > longest ? ["… and \(values.count - longest) more in the structured content"] : []
        return (values.prefix(longest).map(line) + rest).joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension JSONValue {
    fileprivate func text(_ name: String) -> String { self[name]?.string ?? "" }
}
