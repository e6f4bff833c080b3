import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import Jansson

/// The results of the tools in a few words, for models that do not read structured content.
enum Summary {
    /// The largest number of lines of a list in a summary.
    private static let longest = 20

    static func status(_ status: CoverStatus) -> String {
        let task = "Task \(status.taskId)"
        switch status.state {
        case .succeeded where status.images.isEmpty && status.final:
            return "\(task) succeeded without images that could be fetched. This is final."
        case .succeeded where status.images.isEmpty:
            return "\(task) succeeded, but the API lists no image yet. Ask again in a minute."
        case .succeeded:
            let kept = status.expiresAt.map { " They are kept until about \($0)." } ?? ""
            let images = status.images.enumerated().map { index, url in
                "\(url) (resource \(ResourceAddress.image(status.taskId, index + 1).uri))"
            }
            return "\(task) succeeded: \(count(images.count, "image")).\(kept)\n" + images.joined(separator: "\n")
        case .failed:
            let reason = status.failure?.message ?? "the API gives no reason"
            return "\(task) failed: \(reason). This is final. A new order costs credits again: ask the user first."
        case .pending, .generating, .unknown:
            let state = status.state.rawValue
            return "\(task) is \(state), not final. It continues by itself: call wait with this taskId for its result."
        }
    }

    static func callback(_ receipt: ReceiveCallback.Receipt) -> String {
        let trust = receipt.isVerified ? "The callback's signature is right." : "The callback is not signed."
        return trust + " " + status(receipt.status)
    }

    static func watches(_ list: WatchList) -> String {
        "Watching \(count(list.watches.count, "task")). Call changes to read what happened.\n"
            + lines(list.watches) { "\($0.taskId): \($0.state?.rawValue ?? "not seen yet")" }
    }

    static func unwatched(_ result: StopWatch.Unwatched) -> String {
        let ids = result.taskIds.map(\.text)
        return ids.isEmpty ? "None of these was watched." : "No longer watched: \(ids.joined(separator: ", "))."
    }

    static func changes(_ page: ChangePage) -> String {
        let last = page.entries.last?.sequence ?? page.lastSequence
        let more = page.more ? "There is more: call changes with after \(last)." : "That is all so far."
        guard !page.entries.isEmpty else {
            return "Nothing happened after that. The newest sequence is \(last); if yours is higher, the server was "
                + "restarted, so call changes without after."
        }
        return lines(page.entries, entry) + "\n\(more) Last sequence: \(last)."
    }

    private static func entry(_ entry: JournalEntry) -> String {
        let start = "#\(entry.sequence) \(entry.taskId): "
        switch entry {
        case .changed(let change):
            let images = change.status.images.count
            return start + change.status.state.rawValue + (images > 0 ? ", \(count(images, "image"))" : "")
        case .ended(let end):
            let goesOn = end.isTimeout ? "; the task continues, so wait for it" : ""
            let fault = end.isTimeout ? end.error.map { " (the last query failed: \($0.message))" } ?? "" : ""
            return start + "watch ended (\(end.reason))" + goesOn + fault
        }
    }

    static func files(_ result: Download.Files) -> String {
        "Saved \(count(result.files.count, "file")).\n"
            + lines(result.files) { "\($0.path) (\($0.mediaType), \($0.bytes) bytes)" }
    }

    static func generation(_ generation: Generation) -> String {
        let how =
            generation.reused
            ? "The music task had a cover already, which costs nothing" : "The cover was ordered"
        return "\(how): cover task \(generation.taskId). Call wait with this taskId for its images."
    }

    static func credits(_ result: GetCredits.Credits) -> String { "\(result.credits.jsonText) credits are left." }

    private static func lines<Value>(_ values: [Value], _ line: (Value) -> String) -> String {
        let rest = values.count > longest ? ["… and \(values.count - longest) more in the structured content"] : []
        return (values.prefix(longest).map(line) + rest).joined(separator: "\n")
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
