import CoverModel
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// The largest number of ids in a selection that one action follows.
    private static let mostTasks = Limits.taskCounts.upperBound

    /// `textDocument/codeAction`: the actions for the covers whose ids are in the range.
    func codeActions(_ arguments: Arguments) throws(RPCError) -> Outcome {
        let (document, encoding) = try document(arguments)
        let range = document.text.offsets(of: try arguments.range, encoding)
        let client = state.withLock(\.client)
        let only = arguments["context"]?["only"]?.elements?.compactMap(\.string)
        guard only?.isEmpty ?? true || only?.contains(where: Self.includesKind) == true else {
            return .result(Reply([CodeAction]()))
        }
        var seen: Set<TaskID> = []
        let taskIds = document.text.marks(in: range).map(\.taskId).filter { seen.insert($0).inserted }
        let commands =
            taskIds.count == 1
            ? commands(for: taskIds[0], in: document.uri, client)
            : commands(forAll: taskIds)
        return .result(Reply(commands.map { CodeAction(command: $0, isLiteral: client.codeActionLiterals) }))
    }

    /// Whether the requested kind includes the kind of this server's actions. Kinds form a tree, and full stops
    /// separate the levels in their names.
    private static func includesKind(_ kind: String) -> Bool {
        kind.isEmpty || CodeAction.kind == kind || CodeAction.kind.hasPrefix(kind + ".")
    }

    private func commands(for taskId: TaskID, in uri: DocumentURI, _ client: ClientCapabilities) -> [Command] {
        let (standing, status) = state.withLock { ($0.follows.standing(of: taskId), $0.follows.status(of: taskId)) }
        let name = taskId.text.shortened(to: 40)
        var commands: [Command] = []
        if standing.canBeFollowed {
            commands.append(Command("Follow cover \(name)", .follow, [taskId.text]))
        }
        if standing != nil { commands.append(Command("Stop following cover \(name)", .unfollow, [taskId.text])) }
        commands.append(Command("Query cover \(name) once", .ask, [taskId.text]))
        guard let images = status?.images, !images.isEmpty else { return commands }
        let shown = Standing.count(images)
        if uri.folder != nil {
            commands.append(
                Command("Download \(shown) of cover \(name) beside this file", .download, [taskId.text, uri.text])
            )
        }
        if client.showDocument { commands.append(Command("Open \(shown) of cover \(name)", .open, [taskId.text])) }
        return commands
    }

    private func commands(forAll taskIds: [TaskID]) -> [Command] {
        let standings = state.withLock { state in taskIds.map { ($0, state.follows.standing(of: $0)) } }
        let fresh = standings.filter(\.1.canBeFollowed).prefix(Self.mostTasks).map(\.0)
        let followed = standings.filter { $0.1 != nil }.prefix(Self.mostTasks).map(\.0)
        var commands: [Command] = []
        if !fresh.isEmpty { commands.append(Command("Follow \(Self.count(fresh))", .follow, fresh.map(\.text))) }
        if !followed.isEmpty {
            commands.append(Command("Stop following \(Self.count(followed))", .unfollow, followed.map(\.text)))
        }
        return commands
    }

    private static func count(_ taskIds: [TaskID]) -> String {
        taskIds.count == 1 ? "cover \(taskIds[0].text.shortened(to: 40))" : "\(taskIds.count) covers"
    }
}

extension Standing? {
    /// Whether the cover is not followed, or its watch ended before the task did.
    fileprivate var canBeFollowed: Bool {
        switch self {
        case nil, .ended: true
        case .running, .finished: false
        }
    }
}
