import NIOCore
import Synchronization

/// Why hosts were not believed. It takes a handshake to find out: that is made once for all who want to know, and what it showed is
/// remembered for a while.
final class Diagnoses: Sendable {
    private struct Entry {
        let work: Task<CoverError?, Never>
        let begun: NIODeadline
    }

    private static let memory: TimeAmount = .seconds(30)
    private let entries = Mutex<[String: Entry]>([:])

    func diagnosis(
        of host: HostClient,
        examine: @escaping @Sendable () async -> CoverError?
    ) async -> CoverError {
        let origin = host.address.origin
        let entry = entries.withLock { entries in
            entries = entries.filter { .now() - $0.value.begun < Self.memory }
            let entry = entries[origin] ?? Entry(work: Task { await examine() }, begun: .now())
            entries[origin] = entry
            return entry
        }
        return await entry.work.value
            ?? CoverError(
                .untrustedServer,
                "The certificate of \(host.address.host) was refused. The command doctor says more."
            )
    }
}
