import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

extension MCPServer {
    /// The largest number of resources or completions in one answer.
    private static let pageSize = 100

    /// Answers `resources/list` with the list of tasks, the watched tasks, and the recently finished tasks with their
    /// images.
    func listResources(_ request: Request) throws(RPCError) -> Outcome {
        var resources = [Resource(address: .tasks, name: "Watched tasks", type: "application/json")]
        let finished = state.withLock(\.finished.entries)
        for taskId in knownTasks() {
            resources.append(Resource(address: .task(taskId), name: "Cover task \(taskId)", type: "application/json"))
            let images = finished.first { $0.taskId == taskId }?.images ?? 0
            for number in 0..<images {
                let address = ResourceAddress.image(taskId, number + 1)
                resources.append(Resource(address: address, name: "Image \(number + 1) of \(taskId)", type: nil))
            }
        }
        var start = 0
        if let cursor = request.cursor {
            guard let offset = cursor.string.flatMap({ Int($0) }), offset > 0 else {
                throw .invalidParams("the cursor is not one of resources/list", parameter: "cursor")
            }
            start = min(offset, resources.count)
        }
        let page = Array(resources[start...].prefix(Self.pageSize))
        return .result(
            request.revision.reply(caching: .never) {
                $0.member("resources", page)
                if start + page.count < resources.count { $0.member("nextCursor", String(start + page.count)) }
            }
        )
    }

    func listTemplates(_ request: Request) throws(RPCError) -> Outcome {
        if request.cursor != nil { throw .invalidParams("the list of templates has one page", parameter: "cursor") }
        return .result(request.revision.reply(caching: .fixed) { $0.member("resourceTemplates", Template.all) })
    }

    func readResource(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        let (uri, address) = try resource(request)
        let revision = request.revision
        return try contents(of: address, uri, revision, session).outcome {
            (result, onDelivery) throws(RPCError) -> Reply in
            switch result {
            case .success(let contents):
                return revision.reply(caching: .never, onDelivery: onDelivery) {
                    $0.member("contents") { $0.array { $0.element(contents) } }
                }
            case .failure(let error) where error.kind == "taskNotFound":
                throw .noSuchResource(uri, revision, error.message)
            case .failure(let error): throw error
            }
        }
    }

    private func contents(
        of address: ResourceAddress,
        _ uri: ResourceURI,
        _ revision: ProtocolRevision,
        _ session: Session
    ) throws(RPCError) -> Answer<Contents> {
        switch address {
        case .tasks:
            return try service.answer(ListWatches.self, Parameters(nil), in: session).map { Contents(uri, $0) }
        case .task(let id):
            // A host reads a task directly after the notice of a change. So a status that was polled up to two seconds
            // ago is enough.
            return GetStatus.answer(id, maxAge: .seconds(2), service).map { Contents(uri, $0) }
        case .image(let id, let number):
            return .later { [service] in
                let status = try await service.client.status(of: id, maxAge: .seconds(10))
                guard !status.final || number <= status.images.count else {
                    let images =
                        "the task \(status.state.rawValue), and has \(Summary.count(status.images.count, "image"))"
                    throw RPCError.noSuchResource(uri, revision, images)
                }
                return Contents(uri, try await service.client.image(number, of: id))
            }
        }
    }

    /// `completion/complete`: the ids of watched and recently finished tasks, and the numbers of their images.
    func complete(_ request: Request) throws(RPCError) -> Outcome {
        guard request["ref"]?["type"]?.string == "ref/resource", let template = request["ref"]?["uri"]?.string,
            [ResourceAddress.taskTemplate, ResourceAddress.imageTemplate].contains(template)
        else { throw .invalidParams("only the resource templates have completions", parameter: "ref") }
        guard let name = request["argument"]?["name"]?.string, let start = request["argument"]?["value"]?.string else {
            throw .invalidParams("the argument must have a name and a value", parameter: "argument")
        }
        let candidates: [String]
        switch name {
        case "taskId": candidates = knownTasks().map(\.text)
        case "n" where template == ResourceAddress.imageTemplate:
            let taskId = request["context"]?["arguments"]?["taskId"]?.string.map(TaskID.init(_:))
            let images = state.withLock { $0.finished.entries.first { $0.taskId == taskId }?.images }
            candidates = (1...max(1, images ?? 2)).map(String.init)
        default: throw .invalidParams("the template has no variable \"\(shown(name))\"", parameter: "argument")
        }
        let values = candidates.filter { $0.utf8.starts(with: start.utf8) }
        return .result(
            request.revision.reply {
                $0.member("completion") {
                    $0.object {
                        $0.member("values", Array(values.prefix(Self.pageSize)))
                        $0.member("total", values.count)
                        $0.member("hasMore", values.count > Self.pageSize)
                    }
                }
            }
        )
    }

    private func knownTasks() -> [TaskID] {
        var seen: Set<TaskID> = []
        let ids = service.engine.watches().map(\.taskId) + state.withLock { $0.finished.entries.map(\.taskId) }
        return ids.filter { seen.insert($0).inserted }
    }
}
