import CoverAPI
import CoverModel
import CoverService
package import CoverWatch
package import JSONRPC
package import Jansson
import Synchronization

extension MCPServer {
    package func emit(_ event: WatchEvent, _: EncodedJSON, to session: Session) {
        switch event {
        case .changed(let change):
            if change.final { state.withLock { $0.finished.insert(change.status) } }
            announce(change.taskId, images: change.status.images.count, to: session)
            if change.final { announceList(to: session) }
            log(.info, "task \(change.taskId) is \(change.status.state.rawValue)", to: session) {
                $0.member("taskId", change.taskId)
                $0.member("state", change.status.state.rawValue)
            }
        case .ended(let end):
            announce(end.taskId, images: 0, to: session)
            announceList(to: session)
            log(.warning, "the watch of task \(end.taskId) ended: \(end.reason)", to: session) {
                $0.member("taskId", end.taskId)
                $0.member("kind", end.reason)
            }
            // The time limit is that of a tool. A subscription has none.
            if end.reason == WatchEnded.timeout { Task { await renewWatches(of: [end.taskId], session) } }
        case .healthChanged(let health):
            log(health.state == .ok ? .notice : .warning, health.message, to: session) {
                $0.member("kind", health.state.rawValue)
            }
        }
    }

    private func announce(_ taskId: TaskID, images: Int, to session: Session) {
        let notices = state.withLock {
            $0.subscriptions.notices { address in
                switch address {
                case .tasks: true
                case .task(let id): id == taskId
                case .image(let id, let number): id == taskId && number <= images
                }
            }
        }
        send(notices, session)
    }

    /// Announces that the list of resources has changed.
    func announceList(to session: Session) {
        send(state.withLock { $0.subscriptions.listNotices(isKnown: $0.hasShakenHands) }, session)
    }

    /// Announces that the set of watched tasks has changed. Both the list of resources and the list of tasks show it.
    func announceWatches(to session: Session) {
        send(state.withLock { $0.subscriptions.notices { $0 == .tasks } }, session)
        announceList(to: session)
    }

    func send(_ notices: [Notice], _ session: Session) {
        for notice in notices { session.notify(notice.method, notice) }
    }

    /// While a request runs, sends its host the log messages of this level and of more serious levels.
    func logging<Value>(at level: LogLevel?, _ work: () async throws -> Value) async throws -> Value {
        guard let level else { return try await work() }
        let scope = state.withLock { $0.log.open(level) }
        defer { state.withLock { $0.log.close(scope) } }
        return try await work()
    }

    func log(
        _ level: LogLevel,
        _ message: String,
        to session: Session,
        during request: Request? = nil,
        _ details: @escaping (inout JSONWriter) -> Void = { _ in }
    ) {
        let isHeard = request?.logLevel.map { $0 <= level } ?? false
        guard isHeard || state.withLock({ $0.log.lets(level) }) else { return }
        session.notify(
            "notifications/message",
            LogMessage(level: level, message: service.client.redacting(message), details: details)
        )
    }
}
