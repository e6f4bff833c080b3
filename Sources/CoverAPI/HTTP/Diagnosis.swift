import CoverModel
import NIOCore
import Synchronization

/// Why a host was not believed. It takes a handshake to find out: that is made once for all callers that want to know, and what it showed
/// is remembered for a while.
final class Diagnosis: Sendable {
    private struct Entry {
        let work: Task<CoverError?, Never>
        let begun: NIODeadline
    }

    private static let memory: TimeAmount = .seconds(30)
    private let entry = Mutex<Entry?>(nil)

    func error(
        of host: HostClient,
        examine: @escaping @Sendable () async -> CoverError?
    ) async -> CoverError {
        let current = entry.withLock { entry in
            if let known = entry, .now() - known.begun < Self.memory { return known }
            let fresh = Entry(work: Task { await examine() }, begun: .now())
            entry = fresh
            return fresh
        }
        return await current.work.value
            ?? CoverError(
                .untrustedServer,
                "The certificate of \(host.address.host) was refused. The command doctor says more."
            )
    }
}
