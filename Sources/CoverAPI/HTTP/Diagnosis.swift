import CoverModel
import NIOCore
import Synchronization

/// Finds out why a host was not trusted. The diagnosis needs a handshake. One handshake serves all callers, and its
/// result is cached for a while.
final class Diagnosis: Sendable {
    private struct Cached {
        let error: CoverError
        let begun: NIODeadline
    }

    private static let memory: TimeAmount = .seconds(30)
    private let cached = Mutex<Cached?>(nil)
    private let flights = SingleFlight<String, CoverError>()

    /// - Parameters:
    ///   - host: the host.
    ///   - diagnose: makes the handshake. The handshake is cancelled when the last caller leaves.
    /// - Throws: `CancellationError` for a cancelled caller.
    func error(of host: String, diagnose: @escaping @Sendable () async -> CoverError?) async throws -> CoverError {
        if let known { return known }
        return try await flights.value(for: host, shared: { _ in }) { _ in
            // Another flight may have ended in the meantime.
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
