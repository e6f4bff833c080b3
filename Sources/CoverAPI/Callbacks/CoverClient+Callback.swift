package import CoverModel
import Synchronization

extension CoverClient {
    /// After how long the record is looked at again, counted from the callback: it may lag behind.
    static let callbackLooks: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    /// Checks what proves a callback. No query is made.
    ///
    /// - Returns: whether there is a webhook key, and the callback is signed with it. False: there is no key.
    /// - Throws: `badSignature`, or `missingCredentials` where the key cannot be read.
    package func verify(_ notice: CallbackNotice) async throws(CoverError) -> Bool {
        guard configuration.webhookCredentials.areGiven else { return false }
        try notice.check(now: timeline.wallTime)
        let key = try await webhookKeyring.key()
        if notice.isSigned(with: key) { return true }
        if let replacement = await webhookKeyring.replacement(for: key), notice.isSigned(with: replacement) {
            return true
        }
        throw notice.badSignature(
            "The callback's signature does not fit its task and timestamp under the webhook key. Check that the key is the account's."
        )
    }

    /// Reads the record of a task that a callback has announced, by a query that is sent after this call. While the record is not
    /// final it is looked at again, as ``callbackLooks`` says; callbacks that come meanwhile for the same task look once.
    ///
    /// - Parameter isVerified: whether the callback's signature is right. Else the queries go behind those of other callers.
    /// - Returns: the status as it was seen last, perhaps not final.
    package func status(announcedBy notice: CallbackNotice, isVerified: Bool) async throws -> CoverStatus {
        let (taskId, start) = (notice.taskId, timeline.now)
        let sent = counters.withLock { UInt64($0.requests) }
        func look() async throws -> CoverStatus {
            try await reading(of: taskId, priority: isVerified ? .interactive : .background, newerThan: sent).with(
                record: false
            )
        }

        var result = await Self.outcome(of: look)
        guard Self.mayLag(result), announced.withLock({ $0.insert(taskId).inserted }) else { return try result.get() }
        defer { announced.withLock { _ = $0.remove(taskId) } }
        for offset in Self.callbackLooks {
            try await timeline.sleep(for: max(.zero, start + offset - timeline.now))
            result = await Self.outcome(of: look)
            if !Self.mayLag(result) { break }
        }
        return try result.get()
    }

    private static func outcome(of look: () async throws -> CoverStatus) async -> Result<CoverStatus, any Error> {
        do { return .success(try await look()) } catch { return .failure(error) }
    }

    /// Whether a later look may show more than this one.
    private static func mayLag(_ result: Result<CoverStatus, any Error>) -> Bool {
        switch result {
        case .success(let status): !status.final
        case .failure(let error as CoverError): error.retryable || error.kind == .taskNotFound
        case .failure: false
        }
    }
}
