import Dispatch
import JSONRPC
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The request to stop the session. This request may come before the session exists.
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

    /// Stops the session. If the session does not exist yet, it is stopped as soon as it exists.
    func send() {
        let session: Session? = state.withLock { state in
            if case .attached(let session) = state { return session }
            state = .wanted
            return nil
        }
        session?.stop()
    }

    /// Stops the session because of a signal. Standard error names the limit of processor time, because a user cannot
    /// see another trace of it.
    func take(signal: Int32) {
        if signal == SIGXCPU {
            StandardError.write("cover-bridge: the limit of processor time (ulimit -t) is reached\n")
        }
        send()
    }

    /// Stops the session when the given process dies, and ends this process soon after that. Its output may then have
    /// no reader, even if another process holds the pipe open.
    func onDeath(of process: Int32) {
        try? ProcessWatch.onDeath(of: process) {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(800)) { endProcess(with: .done) }
            self.send()
        }
    }

    /// The same as ``onDeath(of:)``, for the process that the peer names.
    ///
    /// - Parameter isHere: whether the process must be on this machine. If it must, an unknown process counts as dead.
    ///   Otherwise it is not watched, and the bridge ends when the pipe closes.
    func onDeath(ofPeer process: Int32, isHere: Bool) {
        let isDead = isHere && ProcessWatch.isDead(process)
        if isDead {
            StandardError.write("cover-bridge: the client's process \(process) does not live on this machine\n")
        }
        if isDead || ProcessWatch.isKnown(process) { onDeath(of: process) }
    }
}
