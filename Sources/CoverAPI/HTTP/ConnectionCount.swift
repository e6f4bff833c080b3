import Synchronization

/// The connections to a host: how many were made so far, and how many are open.
final class ConnectionCount: Sendable {
    struct Snapshot: Sendable {
        fileprivate(set) var made = 0
        fileprivate(set) var open = 0
    }

    private let state = Mutex(Snapshot())

    var snapshot: Snapshot { state.withLock(\.self) }

    func opened() {
        state.withLock {
            $0.made += 1
            $0.open += 1
        }
    }

    func closed() { state.withLock { $0.open -= 1 } }

    /// Whether a request that began at `start` used an existing connection. A server may close such a connection at any
    /// moment.
    func wasShared(since start: Snapshot) -> Bool { start.open > 0 && snapshot.made == start.made }
}
