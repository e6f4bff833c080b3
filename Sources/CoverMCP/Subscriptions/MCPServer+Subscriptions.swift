import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Synchronization

extension MCPServer {
    /// Answers `resources/subscribe`. If the task is not watched yet, the bridge watches it while a subscription needs
    /// that.
    func subscribe(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        let (uri, address) = try resource(request)
        // The subscription is entered at once, so that an unsubscribe that follows directly finds it.
        state.withLock { $0.subscriptions.subscribe(uri, address) }
        let wish = Wish { self.state.withLock { $0.subscriptions.unsubscribe(uri) } }
        return service.later {
            let start = try await self.borrowWatches(of: [address])
            wish.isMet()
            await self.returnWatches(session)
            return Reply(encoded: Reply.empty.result) { delivery in
                if case .held = delivery { start?.postpone() } else { self.begin(start, session) }
            }
        }
    }

    func unsubscribe(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        let (uri, _) = try resource(request)
        state.withLock { $0.subscriptions.unsubscribe(uri) }
        return service.later {
            await self.returnWatches(session)
            return .empty
        }
    }

    /// Handles `subscriptions/listen`. The request is acknowledged first. It is answered when this side ends the
    /// subscription.
    func listen(_ request: Request, _ session: Session) throws(RPCError) -> Outcome {
        guard let filter = request["notifications"], filter.kind == .object else {
            throw .invalidParams("the parameter \"notifications\" must be an object", parameter: "notifications")
        }
        let wantsList = filter["resourcesListChanged"]?.bool == true
        var resources: [ResourceURI: ResourceAddress] = [:]
        if let uris = filter["resourceSubscriptions"], !uris.isNull {
            guard let uris = uris.elements, uris.allSatisfy({ $0.kind == .string }) else {
                throw .invalidParams("resourceSubscriptions must be an array of URIs", parameter: "notifications")
            }
            for uri in uris.compactMap(\.string) { resources[ResourceURI(uri)] = ResourceAddress(uri) }
        }
        return .laterByID { [resources] id in
            let (stream, end) = AsyncStream.makeStream(of: Never.self)
            let listener = self.state.withLock { $0.subscriptions.open(id, resources, wantsList: wantsList, end) }
            // When the acknowledgement is sent, the tasks are already watched. Nothing about them is sent before the
            // acknowledgement.
            let start = await self.borrowWatches(of: Array(resources.values), for: request, session)
            if !Task.isCancelled {
                session.notify(
                    "notifications/subscriptions/acknowledged",
                    Acknowledgement(id: id, wantsList: wantsList, resources: resources.keys.sorted())
                )
                self.send(self.state.withLock { $0.subscriptions.acknowledge(listener) }, session)
            }
            // The watches begin even if this request was cancelled, because other subscriptions may rely on them.
            self.begin(start, session)
            for await _ in stream {}
            self.state.withLock { $0.subscriptions.close(listener) }
            await self.returnWatches(session)
            try Task.checkCancellation()
            return ProtocolRevision.stateless.reply(subscription: id) { _ in }
        }
    }

    /// Like ``borrowWatches(of:)``, but never throws. If it fails, the subscription stays. The subscription then gets
    /// only the changes of tasks that are watched for another reason.
    private func borrowWatches(
        of addresses: [ResourceAddress],
        for request: Request,
        _ session: Session
    ) async -> PendingWatch? {
        do { return try await borrowWatches(of: addresses) } catch {
            let reason = (error as? CoverError)?.message ?? "the journal could not be written"
            log(.error, "the tasks are not watched: \(reason)", to: session, during: request)
            return nil
        }
    }

    /// Watches the tasks that are not watched yet.
    ///
    /// - Returns: the new watches; nil if there are none.
    private func borrowWatches(of addresses: [ResourceAddress]) async throws -> PendingWatch? {
        try await borrowing.withLock { try await watchMissing(Set(addresses.compactMap(\.taskId))) }
    }

    /// Watches tasks again that a subscription still needs, although a tool or the time limit of a tool has ended their
    /// watches. If the journal cannot be written, nothing is done, because the process ends then.
    func renewWatches(of taskIds: [TaskID], _ session: Session) async {
        guard !taskIds.isEmpty else { return }
        let start = try? await borrowing.withLock {
            try await watchMissing(state.withLock { $0.subscriptions.needed }.intersection(taskIds))
        }
        begin(start, session)
    }

    /// Watches those of the tasks that are not watched yet. The caller has the lock `borrowing`.
    private func watchMissing(_ taskIds: Set<TaskID>) async throws -> PendingWatch? {
        let fresh = state.withLock { $0.subscriptions.borrow(taskIds) }
        // This check comes after `borrow`, which marks the tasks as watched for a subscription. So if another call
        // begins to watch a task from now on, that call removes the mark.
        let watched = taskIds.filter(service.engine.isWatched)
        state.withLock { $0.subscriptions.claim(fresh.intersection(watched)) }
        let unwatched = taskIds.subtracting(watched).sorted()
        guard !unwatched.isEmpty else { return nil }
        // The watches are not persistent, because a subscription ends at the latest with this process.
        return try await service.engine.watch(
            unwatched,
            interval: service.configuration.defaultInterval,
            isPersistent: false
        )
    }

    private func begin(_ start: PendingWatch?, _ session: Session) {
        guard let start else { return }
        announceWatches(to: session)
        start.activate()
    }

    /// Ends the watches that no subscription needs any more. If that fails, each of these watches ends when its task is
    /// final.
    private func returnWatches(_ session: Session) async {
        let ended: [TaskID]? = await borrowing.withLock {
            let taskIds = state.withLock { $0.subscriptions.returned() }
            return taskIds.isEmpty ? [] : try? await service.engine.unwatch(taskIds).settled()
        }
        if ended?.isEmpty == false { announceWatches(to: session) }
    }

    /// The resource that a request names.
    func resource(_ request: Request) throws(RPCError) -> (uri: ResourceURI, address: ResourceAddress) {
        let uri = ResourceURI(try request.string("uri"))
        guard let address = ResourceAddress(uri.text) else { throw .noSuchResource(uri, request.revision) }
        return (uri, address)
    }
}

/// A subscription that is entered for a request before the work of the request begins. The subscription is removed if
/// the work fails or never begins.
private final class Wish: Sendable {
    private let isOpen = Atomic(true)
    private let takeBack: @Sendable () -> Void

    init(takeBack: @escaping @Sendable () -> Void) { self.takeBack = takeBack }

    func isMet() { isOpen.store(false, ordering: .releasing) }

    deinit { if isOpen.load(ordering: .acquiring) { takeBack() } }
}

/// The parameters of `notifications/subscriptions/acknowledged`: the accepted part of the request.
private struct Acknowledgement: JSONEncodable {
    let id: [UInt8]
    let wantsList: Bool
    let resources: [ResourceURI]

    func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("notifications") {
                $0.object {
                    if wantsList { $0.member("resourcesListChanged", true) }
                    if !resources.isEmpty { $0.member("resourceSubscriptions", resources) }
                }
            }
            $0.member("_meta") { $0.object { $0.member(MetaKey.subscriptionID, EncodedJSON(id)) } }
        }
    }
}

extension RPCError {
    /// The error for an unknown resource. The versions up to 2025-11-25 have a special code for this error.
    static func noSuchResource(_ uri: ResourceURI, _ revision: ProtocolRevision, _ message: String? = nil) -> RPCError {
        RPCError(
            code: revision == .handshake ? -32002 : -32602,
            message: message ?? "there is no such resource; resources/templates/list says what there can be",
            kind: "resourceNotFound",
            details: [Detail("uri", String(uri.text.prefix(1000)))]
        )
    }
}
