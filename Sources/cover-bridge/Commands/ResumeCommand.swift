import CoverModel
import CoverTerminal

/// The command line that continues an interrupted `watch`: as the user typed it, with three changes. The ids of the tasks
/// replace `-`, because standard input was already read. The ids of tasks that are done are left out. `--after` names the
/// last change that was shown.
struct ResumeCommand {
    let entries: [WatchBoard.Entry]
    /// Whether the command saves the images.
    let isSaving: Bool
    /// The sequence number of the last change that was shown.
    let lastShown: Int64?

    var text: String {
        let open = entries.filter { !isDone($0) }.map(\.taskId.text)
        let done = Set(entries.filter(isDone).map(\.taskId.text))
        var words = ["cover-bridge"]
        var previous = ""
        for word in CommandLine.arguments.dropFirst() {
            if previous == "--after", let lastShown {
                words.append("\(lastShown)")
            } else if word == "-" {
                words += open
            } else if !done.contains(word) || Self.takesValue(previous) {
                words.append(word)
            }
            previous = word
        }
        return words.map(\.quotedForShell).joined(separator: " ")
    }

    /// Whether a further run of the command has nothing to do for the task.
    private func isDone(_ entry: WatchBoard.Entry) -> Bool {
        guard let status = entry.status, status.final else { return false }
        guard isSaving, status.state == .succeeded else { return true }
        if case .done = entry.saving { return true }
        return false
    }

    /// Whether the word after this word of the command line is the value of an option.
    private static func takesValue(_ word: String) -> Bool {
        word.hasPrefix("--") && !word.contains("=") && !["--", "--json", "--overwrite", "--sandbox"].contains(word)
    }
}

extension String {
    /// The text as one word of a shell command.
    var quotedForShell: String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@,+%"
        if !isEmpty, allSatisfy(plain.contains) { return self }
        return "'" + replacing("'", with: "'\\''") + "'"
    }
}
