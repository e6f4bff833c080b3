import Dispatch
import JSONRPC
import Synchronization

/// The request to stop the session, which may come before there is a session.
final class StopRequest: Sendable {
    private enum State {
        case waiting, wanted
        case attached(Session)
    }

    private let state = Mutex(State.waiting)

    func attach(_ session: Session) {
        let isWanted = state.withLock { state in
            defer { state = .attached(session) }
            if case .wanted = state { return true }
            return false
        }
        if isWanted { session.stop() }
    }

    /// Stops the session, or does so as soon as it exists.
    func send() {
        let session: Session? = state.withLock { state in
            if case .attached(let session) = state { return session }
            state = .wanted
            return nil
        }
        session?.stop()
    }

    /// Stops the session when a process dies, and ends this process soon after: its output may have no reader, even if a
    /// sibling holds it open.
    func onDeath(of process: Int32) {
        try? ProcessWatch.onDeath(of: process) {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(800)) { endProcess(with: .done) }
            self.send()
        }
    }

    /// The same as ``onDeath(of:)``, for the process that the peer names. An unknown process is not watched: the bridge then
    /// ends when the pipe closes.
    @Sendable func onDeath(ofPeer process: Int32) {
        if ProcessWatch.isKnown(process) { onDeath(of: process) }
    }
}
