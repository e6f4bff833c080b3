import CoverModel
import NIOCore
import Synchronization

/// Why a host was not believed. It takes a handshake to find out: that is made once for all callers that want to know, and what it showed
/// is remembered for a while.
final class Diagnosis: Sendable {
    private struct Finding {
        let error: CoverError
        let begun: NIODeadline
    }

    private static let memory: TimeAmount = .seconds(30)
    private let finding = Mutex<Finding?>(nil)
    private let flights = SharedFlights<String, CoverError>()

    /// - Throws: `CancellationError` for a caller that is cancelled. `examine` is cancelled when the last caller leaves.
    func error(of host: String, examine: @escaping @Sendable () async -> CoverError?) async throws -> CoverError {
        if let known { return known }
        return try await flights.value(for: host, shared: { _ in }) { _ in
            // Another flight may have landed meanwhile.
            if let known = self.known { return known }
            let begun = NIODeadline.now()
            let error =
                await examine()
                ?? CoverError(
                    .untrustedServer,
                    "The certificate of \(host) was refused. The command doctor says more."
                )
            try Task.checkCancellation()
            self.finding.withLock { $0 = Finding(error: error, begun: begun) }
            return error
        }
    }

    private var known: CoverError? {
        finding.withLock { finding in
            guard let finding, .now() - finding.begun < Self.memory else { return nil }
            return finding.error
        }
    }
}
