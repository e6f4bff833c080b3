import ArgumentParser
import CoverModel
import CoverTerminal

/// The tasks of a command.
struct TaskArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Task ids; - reads them from stdin, one a line.", valueName: "task"),
        completion: .nothing
    )
    var tasks: [String] = []

    /// The ids in the given order, without repetitions.
    ///
    /// - Parameters:
    ///   - files: files that the options name. None of them may be standard input, if ids are read from it.
    ///   - mayBeEmpty: whether a command without any id is valid.
    /// - Throws: ``Failure`` with code 2 for an invalid id, for stdin that cannot be read, or for no id.
    func taskIds(apartFrom files: [String], mayBeEmpty: Bool = false) throws(Failure) -> [TaskID] {
        try Self.taskIds(in: tasks, apartFrom: files, mayBeEmpty: mayBeEmpty)
    }

    /// The ids that arguments of any command name, without repetitions.
    ///
    /// - Throws: ``Failure``, as ``taskIds(apartFrom:mayBeEmpty:)``.
    static func taskIds(
        in tasks: [String],
        apartFrom files: [String],
        mayBeEmpty: Bool = false
    ) throws(Failure) -> [TaskID] {
        var ids: [TaskID] = []
        for task in tasks {
            if task == "-" {
                ids += try standardInputLines(apartFrom: files).map(TaskID.init(_:))
            } else {
                ids.append(TaskID(task))
            }
        }
        var seen: Set<TaskID> = []
        ids = ids.filter { seen.insert($0).inserted }
        if ids.isEmpty, !mayBeEmpty {
            throw Failure(
                code: .usage,
                message: tasks.isEmpty
                    ? "which task? Name one or more ids, or - to read them from stdin, one a line."
                    : "no task id came on stdin; write one a line."
            )
        }
        for id in ids { try check(id) }
        return ids
    }

    private static func check(_ id: TaskID) throws(Failure) {
        if id.isValid { return }
        let shown = id.text.isEmpty ? "an empty text" : "\"\(id.text.displayable.fitted(to: 40))\""
        throw Failure(
            code: .usage,
            message: "\(shown) is no task id: ids have \(TaskID.rule); this one \(id.fault). "
                + (PastedID.hint(id) ?? "Copy the id as \"generate\" printed it.")
        )
    }

    private static func standardInputLines(apartFrom files: [String]) throws(Failure) -> [String] {
        let bytes = try InputFile.standardInput("task ids", limit: 64 << 20, apartFrom: files)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(code: .usage, message: "what came on stdin is no text in UTF-8; write a task id a line.")
        }
        // Some systems write U+FEFF at the start of a file. This character is removed.
        return text.unicodeScalars.drop { $0 == "\u{FEFF}" }.split { Character($0).isNewline }
            .map { line in
                func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
                let start = line.drop(while: isBlank)
                let end = start.lastIndex { !isBlank($0) }.map(start.index(after:)) ?? start.startIndex
                // A line of a wrong file may be very long. The rest of it is not needed to refuse it.
                return String(start[..<end].prefix(Limits.taskIdLengths.upperBound + 1))
            }
            .filter { !$0.isEmpty }
    }
}

extension CompletionKind {
    /// An empty list of completions. Without it, zsh would suggest options where a value is needed.
    static let nothing = list([])
}
