import CoverModel
import NIOCore
import Synchronization

/// Why a host was not believed. It takes a handshake to find out: that is made once for all callers that want to know, and what it showed
/// is remembered for a while.
final class Diagnosis: Sendable {
    private struct Cached {
        let error: CoverError
        let begun: NIODeadline
    }

    private static let memory: TimeAmount = .seconds(30)
    private let cached = Mutex<Cached?>(nil)
    private let flights = SingleFlight<String, CoverError>()

    /// - Throws: `CancellationError` for a caller that is cancelled. `diagnose` is cancelled when the last caller leaves.
    func error(of host: String, diagnose: @escaping @Sendable () async -> CoverError?) async throws -> CoverError {
        if let known { return known }
        return try await flights.value(for: host, shared: { _ in }) { _ in
            // Another flight may have landed meanwhile.
            if let known = self.known { return known }
            let begun = NIODeadline.now()
            let error =
                await diagnose()
                ?? CoverError(
                    .untrustedServer,
                    "The certificate of \(host) was refused. The command doctor says more."
                )
            try Task.checkCancellation()
            self.cached.withLock { $0 = Cached(error: error, begun: begun) }
            return error
        }
    }

    private var known: CoverError? {
        cached.withLock { cached in
            guard let cached, .now() - cached.begun < Self.memory else { return nil }
            return cached.error
        }
    }
}
