import CoverAPI
import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

extension LSPServer {
    /// `workspace/executeCommand`.
    func execute(_ arguments: Arguments, _ session: Session) throws(RPCError) -> Outcome {
        guard let name = arguments["command"]?.string, let command = CoverCommand(rawValue: name) else {
            let all = CoverCommand.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidParams("there is no such command; there are \(all)", parameter: "command")
        }
        let words = arguments["arguments"]?.elements?.compactMap(\.string) ?? []
        guard let first = words.first.map(TaskID.init(_:)), first.isValid else {
            throw .invalidParams("\(name) needs the id of a task as its argument", parameter: "arguments")
        }
        trace("\(name) of \(first)", words.jsonText, session)
        switch command {
        case .follow: return try follow(words.map(TaskID.init(_:)), session)
        case .unfollow: return try unfollow(words.map(TaskID.init(_:)), session)
        case .ask: return ask(first, session)
        case .open: return open(first, session)
        case .download:
            guard words.count == 2, let folder = DocumentURI(words[1]).folder else {
                throw .invalidParams("\(name) needs the URI of a file on this machine as well", parameter: "arguments")
            }
            return try download(first, into: folder, token: arguments["workDoneToken"], session)
        }
    }

    private func follow(_ taskIds: [TaskID], _ session: Session) throws(RPCError) -> Outcome {
        let interval = state.withLock(\.options.settings.interval)
        let answer = try service.answer(StartWatch.self, WatchParameters(taskIds, interval).parameters, in: session)
        let fresh = state.withLock { state in taskIds.filter { state.follows.standing(of: $0) == nil } }
        return answer.outcome { [client = service.client] work in
            // This check comes first, because a watch without a key would end at once with a less helpful message.
            try await client.checkKey()
            return try await work()
        } _: { result, onDelivery throws(RPCError) in
            let watches = try result.get().watches
            self.state.withLock { state in
                for watch in watches { state.follows.follow(watch) }
                state.count.begin(watches.map(\.taskId))
            }
            return Reply(encoded: Reply.null.result) { delivery in
                if case .dropped = delivery { self.forget(fresh) }
                onDelivery?(delivery)
                self.standingsChanged()
            }
        }
    }

    private func unfollow(_ taskIds: [TaskID], _ session: Session) throws(RPCError) -> Outcome {
        let answer = try service.answer(StopWatch.self, WatchParameters(taskIds, nil).parameters, in: session)
        // The answer waits until the journal has stored this. So no later process shows the covers again.
        try? service.engine.dismiss(taskIds)
        forget(taskIds)
        standingsChanged()
        return answer.outcome { result, onDelivery throws(RPCError) in
            _ = try result.get()
            return Reply(encoded: Reply.null.result, onDelivery: onDelivery)
        }
    }

    /// Stops following all covers that are not done, because the user cancelled the progress.
    func unfollowAll(_ session: Session) {
        let taskIds = Array(state.withLock(\.count.running))
        guard !taskIds.isEmpty else { return }
        forget(taskIds)
        // An error means that the engine has stopped. In that case the session ends, and no cover is followed any more.
        // The watches end first, so that no change comes after the dismissal and brings a cover back.
        _ = try? service.engine.unwatch(taskIds)
        try? service.engine.dismiss(taskIds)
        standingsChanged()
    }

    private func forget(_ taskIds: [TaskID]) {
        state.withLock { state in
            state.follows.unfollow(taskIds)
            state.count.drop(taskIds)
        }
    }

    private func ask(_ taskId: TaskID, _ session: Session) -> Outcome {
        GetStatus.answer(taskId, maxAge: .zero, service).outcome { result, onDelivery throws(RPCError) in
            let status = try result.get()
            self.state.withLock { $0.follows.note(asked: status) }
            let standing = status.final ? Standing.finished(status) : .running(status, since: status.checkedAt)
            let outcome = standing.reason.map { "failed: \($0)" }
            let word = outcome ?? (status.final ? Standing.count(status.images) : status.state.rawValue)
            self.show(.info, "Cover \(taskId): \(word)", session)
            return Reply(encoded: Reply.null.result, onDelivery: onDelivery)
        }
    }

    private func open(_ taskId: TaskID, _ session: Session) -> Outcome {
        let (known, isAble) = state.withLock { ($0.follows.status(of: taskId), $0.client.showDocument) }
        return service.later { [client = service.client] in
            guard isAble else {
                throw RPCError.invalidRequest("the client cannot show documents (window.showDocument)")
            }
            let fetched =
                known?.images.isEmpty == false ? known : try await client.status(of: taskId, maxAge: .seconds(10))
            guard let status = fetched, !status.images.isEmpty else {
                throw fetched.map(CoverError.noImages(of:)) ?? CoverError(.downloadFailed, "There are no images.")
            }
            for image in status.images {
                _ = try? await session.request("window/showDocument", ShownDocument(uri: image), within: Self.patience)
            }
            return .null
        }
    }
}

/// The parameters of the methods behind the commands.
private struct WatchParameters: JSONEncodable {
    let taskIds: [TaskID]
    let interval: Duration?

    init(_ taskIds: [TaskID], _ interval: Duration?) { (self.taskIds, self.interval) = (taskIds, interval) }

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("taskIds", taskIds)
            if let interval { $0.member("interval", interval.inSeconds) }
        }
    }
}

/// The parameters of `window/showDocument` for an address that a browser opens.
private struct ShownDocument: JSONEncodable {
    let uri: String

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("uri", uri)
            $0.member("external", true)
        }
    }
}

extension JSONEncodable {
    /// This value as the parameters of a call.
    var parameters: Parameters { Parameters(try? JSONValue(parsing: jsonBytes)) }
}
