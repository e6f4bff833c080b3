import CoverModel
import CoverService
package import CoverWatch
package import JSONRPC
package import Jansson
import Synchronization

extension LSPServer {
    package func emit(_ event: WatchEvent, _: EncodedJSON, to session: Session) {
        guard state.withLock({ $0.phase != .over }) else { return }
        switch event {
        case .changed(let change):
            let isFollowed = state.withLock { state in
                if change.final { state.count.finish(change.taskId) }
                return state.follows.note(change)
            }
            guard isFollowed else { return }
            trace("task \(change.taskId) is \(change.status.state.rawValue)", change.status.loggable, session)
            if change.final { announce(.finished(change.status), of: change.taskId, session) }
        case .ended(let end):
            let isFollowed = state.withLock { state in
                state.count.finish(end.taskId)
                return state.follows.note(end)
            }
            guard isFollowed else { return }
            trace("the watch of task \(end.taskId) ended: \(end.reason)", end.jsonText, session)
            announce(.ended(end), of: end.taskId, session)
        case .healthChanged(let health):
            state.withLock { $0.outage = health.state == .ok ? nil : health.message }
            return log(health.state == .ok ? .info : .warning, health.message, session)
        }
        standingsChanged()
    }

    /// Shows one message that a cover is done, unless the user has disabled these messages.
    private func announce(_ standing: Standing, of taskId: TaskID, _ session: Session) {
        guard state.withLock(\.options.settings.messages) else { return }
        if let reason = standing.reason {
            let event = standing.status == nil ? "is followed no more" : "failed"
            show(.warning, "Cover \(taskId) \(event): \(reason)", session)
        } else {
            show(.info, "Cover \(taskId) is done: \(Standing.count(standing.status?.images ?? []))", session)
        }
    }

    /// Updates what the client shows about the followed covers.
    func standingsChanged() {
        recheck()
        refreshes()
        counts()
        scheduleClock()
    }

    /// The delay before the second of the two requests that make the client fetch hints after a change.
    private static let settling = Duration.milliseconds(300)

    /// Makes the client fetch hints again at each change, with one request at a time.
    ///
    /// Each change causes two requests. The second request is needed for Neovim 0.11. If Neovim redraws its screen
    /// after the first request and before the new hints arrive, it keeps the old hints. It redraws, for example, to
    /// show a progress. Changes that follow each other quickly share the second request.
    ///
    /// - Parameter method: the client's request; nil if it has none.
    func requestRefreshes(of method: String?, _ session: Session) async {
        guard let method else { return }
        for await _ in refreshes.calls {
            do {
                try await Self.refresh(method, session)
                try await service.timeline.sleep(for: Self.settling)
                try await Self.refresh(method, session)
            } catch {
                return
            }
        }
    }

    /// - Throws: `RequestFailure` if the session has ended. After a refusal or a timeout, the next change sends the request again.
    private static func refresh(_ method: String, _ session: Session) async throws(RequestFailure) {
        do throws(RequestFailure) {
            _ = try await session.request(method, within: patience)
        } catch {
            if case .sessionEnded = error.reason { throw error }
        }
    }

    /// Makes the client fetch hints again when a duration in the hints changes.
    private func scheduleClock() {
        let timeline = service.timeline
        let former = state.withLock { state in
            let former = state.clock
            state.clock = nil
            guard state.phase != .over, let delay = state.follows.labelChange(after: timeline.wallTime) else {
                return former
            }
            state.clock = Task { [weak self] in
                do { try await timeline.sleep(for: delay) } catch { return }
                self?.refreshes()
                self?.scheduleClock()
            }
            return former
        }
        former?.cancel()
    }
}

extension CoverStatus {
    /// This status as JSON without the callback URL, which must not be in a log.
    fileprivate var loggable: String {
        var status = self
        status.callbackUrl = nil
        return status.jsonText
    }
}
