package import CoverModel
import Synchronization

extension CoverClient {
    /// The times of the further polls, counted from the callback. The record may lag behind the callback.
    static let callbackPolls: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    /// Checks the signature of a callback, without a query.
    ///
    /// - Returns: true if there is a webhook key and the signature is right; false if there is no key.
    /// - Throws: `badSignature`; `missingCredentials` if the key cannot be read.
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

    /// Whether there is a webhook key.
    ///
    /// - Throws: `missingCredentials` if the key cannot be read.
    package func checkWebhookKey() async throws(CoverError) -> Bool {
        guard configuration.webhookCredentials.areGiven else { return false }
        _ = try await webhookKeyring.key()
        return true
    }

    /// Reads the record of a task that a callback announced, with a query that is sent after this call. While the
    /// record is not final, it is polled again at the times of ``callbackPolls``. Several callbacks for the same task
    /// share these polls.
    ///
    /// - Parameter isVerified: whether the signature of the callback is right. If not, the queries have background
    ///   priority.
    /// - Returns: the last status, which may not be final.
    package func status(announcedBy notice: CallbackNotice, isVerified: Bool) async throws -> CoverStatus {
        let (taskId, start) = (notice.taskId, timeline.now)
        let sent = counters.withLock { UInt64($0.requests) }
        let priority = isVerified ? QueryPriority.interactive : .background
        let first = await newPoll(taskId, priority, after: sent)
        guard Self.mayLag(first) else { return try first.get() }
        let last = try await announced.result(of: taskId) { [self] in
            var result = first
            for offset in Self.callbackPolls {
                let wait = start + offset - timeline.now
                // If the previous answer took too long, or if the API asks for a longer pause, this poll is left out.
                guard wait >= .zero, wait >= Self.pause(after: result) else { continue }
                do { try await timeline.sleep(for: wait) } catch { return .failure(error) }
                result = await newPoll(taskId, priority, after: sent)
                if !Self.mayLag(result) { break }
            }
            return result
        }
        return try (last ?? first).get()
    }

    /// The result of a query that is sent after another query. The call can share such a query with other callers.
    ///
    /// - Parameter place: the position of the other query (``Reading/number``).
    private func newPoll(
        _ taskId: TaskID,
        _ priority: QueryPriority,
        after place: UInt64
    ) async -> Result<CoverStatus, any Error> {
        do {
            while true {
                let reading = try await pollPatiently(taskId, priority: priority, .own)
                report(reading, of: taskId)
                // This query was sent before the other one, so another query is needed.
                if reading.number > 0, reading.number <= place { continue }
                return .success(try reading.result.get().with(record: false))
            }
        } catch let paused as QueriesPaused {
            return .failure(paused.error.about(taskId))
        } catch {
            return .failure(error)
        }
    }

    private static func pause(after result: Result<CoverStatus, any Error>) -> Duration {
        guard case .failure(let error as CoverError) = result, let seconds = error.retryAfter else { return .zero }
        return .seconds(seconds)
    }

    /// Whether a later poll may show more.
    private static func mayLag(_ result: Result<CoverStatus, any Error>) -> Bool {
        switch result {
        case .success(let status): !status.final
        case .failure(let error as CoverError): error.retryable || error.kind == .taskNotFound
        case .failure: false
        }
    }
}
