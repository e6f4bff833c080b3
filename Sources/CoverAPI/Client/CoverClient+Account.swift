public import CoverModel
import Jansson

/// An ordered cover task.
public struct Generation: Sendable, Hashable {
    /// The cover task. Watch or poll this one.
    public var taskId: TaskID
    /// Whether the music task had a cover already. If so, `taskId` is the task of that cover.
    public var reused: Bool

    /// - Parameters:
    ///   - taskId: the cover task.
    ///   - reused: whether the music task had this cover already.
    public init(taskId: TaskID, reused: Bool) {
        self.taskId = taskId
        self.reused = reused
    }
}

extension CoverClient {
    /// Orders the cover of a music task. This is one query, and it is never repeated automatically, because it costs
    /// credits. For the same reason, an id in quotes is refused without a query.
    ///
    /// - Parameters:
    ///   - musicTaskId: the music task.
    ///   - callbackUrl: where the API announces the end. The API refuses an order without one (422).
    /// - Throws: `CoverError` of any kind but `waitTimeout`; `CancellationError`.
    public func generate(from musicTaskId: TaskID, callbackUrl: String?) async throws -> Generation {
        _ = try await keyring.key()
        try check(musicTaskId)
        if PastedID.isWrapped(musicTaskId) {
            throw CoverError(.badRequest, "Nothing was ordered.").about(musicTaskId)
        }
        if let callbackUrl { try CallbackURL.check(callbackUrl) }
        var writer = JSONWriter()
        writer.object {
            $0.member("taskId", musicTaskId)
            if let callbackUrl { $0.member("callBackUrl", callbackUrl) }
        }
        let query = Query(method: "POST", url: endpoint.generate, body: writer.bytes, confidential: callbackUrl)
        let answer: Answer
        do { answer = try await order(query) } catch let paused as QueriesPaused {
            throw paused.error.about(musicTaskId)
        } catch let error as CoverError {
            throw error.leavingOpen(orderFor: musicTaskId)
        }
        do throws(CoverError) {
            return try GenerationAnswer(musicTaskId: musicTaskId).generation(answer.outcome)
        } catch {
            var error = error
            if callbackUrl == nil, error.kind == .validationFailed { error.message += Self.callbackAdvice }
            let cover = GenerationAnswer(musicTaskId: musicTaskId).namedCover(answer.outcome)
            throw error.leavingOpen(orderFor: musicTaskId, cover).about(musicTaskId).with(answer.head)
        }
    }

    /// The remark of an error that leaves open whether the API has accepted an order.
    ///
    /// - Parameter cover: the cover task that the API has named; nil for none.
    package static func openOrder(_ musicTask: TaskID, _ cover: TaskID? = nil) -> String {
        let name = cover.map { ", as the task \($0.text)" } ?? ""
        return
            "The order for the music task \(musicTask.text) may exist nevertheless\(name). If so, the same call returns its cover, as reused."
    }

    private static let callbackAdvice =
        " The API wants a callback URL with each order, to which it POSTs the end of the cover. If you only poll, give any https URL of your own, or https://example.com/callback."

    /// The remaining credits of the account. The number may have a fraction.
    ///
    /// - Throws: `CoverError`; `CancellationError`.
    public func credits() async throws -> Double {
        let query = Query(url: endpoint.credits)
        let answer: Answer
        do { answer = try await order(query) } catch let paused as QueriesPaused { throw paused.error }
        if case .error(let error, _) = answer.outcome, error.kind == .taskNotFound {
            // This query names no task. So "not found" means that the path of the API is unknown.
            throw CoverError(
                .malformedResponse,
                "This is not the API: it does not know the path of the credits (HTTP \(answer.head.status)). Check the endpoint.",
                httpStatus: error.httpStatus,
                apiCode: error.apiCode,
                apiMessage: error.apiMessage
            )
        }
        guard let credits = try answer.outcome.data()?.lenientNumber else {
            throw CoverError(.malformedResponse, "The API's answer holds no number of credits.")
        }
        return credits
    }
}

extension CoverClient {
    /// Sends a query that is not about a task. If the host throttles it, all queries pause.
    private func order(_ query: Query) async throws -> Answer {
        let outgoing = OutgoingQuery(hasTurn: false)
        let answer = try await send(
            query,
            priority: .interactive,
            requestNumber: flights.newNumber(),
            outgoing: outgoing
        )
        if let error = answer.throttling { report(Reading(number: outgoing.number, .failure(error)), of: nil) }
        return answer
    }
}

extension CoverError {
    /// This error, with a remark that the API may have accepted the order. If an answer says that the API has not
    /// accepted the order, the error stays unchanged.
    ///
    /// - Parameter cover: the cover task that the answer names; nil for none.
    fileprivate func leavingOpen(orderFor musicTask: TaskID, _ cover: TaskID? = nil) -> CoverError {
        switch kind {
        // A fault of the API may have happened after the API has accepted the order.
        case .requestTimeout, .unreachable, .malformedResponse, .serverError: break
        // An error without an HTTP status means that the stream ended before the head of an answer.
        case .rateLimited where httpStatus == nil: break
        default: return self
        }
        var error = about(musicTask)
        error.message += " " + CoverClient.openOrder(musicTask, cover)
        return error
    }
}

/// Reads the answer to an order.
struct GenerationAnswer {
    let musicTaskId: TaskID

    func generation(_ outcome: ResponseReader.Outcome) throws(CoverError) -> Generation {
        if case .error(let error, let data) = outcome, error.kind == .badRequest || error.kind == .conflict {
            // A duplicate is answered with 400 (or 409) and the id of the existing cover.
            let id = coverTask(in: data)
            if let id, id != musicTaskId { return Generation(taskId: id, reused: true) }
            throw id != nil || speaksOfDuplicate(error) ? conflict(error) : error
        }
        // The id of the music task itself is not a cover task.
        guard let id = coverTask(in: try outcome.data()), id != musicTaskId else {
            throw CoverError(.malformedResponse, "The API accepted the order, but named no cover task.")
        }
        return Generation(taskId: id, reused: false)
    }

    /// The cover task that an answer names, although it says that the order failed; nil for none.
    func namedCover(_ outcome: ResponseReader.Outcome) -> TaskID? {
        let data =
            switch outcome {
            case .data(let data), .failedTask(_, let data, _), .error(_, let data): data
            }
        return coverTask(in: data).flatMap { $0 == musicTaskId ? nil : $0 }
    }

    private func coverTask(in data: JSONValue?) -> TaskID? {
        let value = data.flatMap { LenientObject($0.unwrapped) }?["taskid"]
        // The id is not trimmed, because ids are bytes.
        let id = (value?.string ?? value?.lenientText).map { TaskID($0) }
        // An answer that repeats the key in the place of an id names no task.
        return id.flatMap { $0.isValid && !KeyRedactor.isMask(in: Array($0.text.utf8)) ? $0 : nil }
    }

    private func speaksOfDuplicate(_ error: CoverError) -> Bool {
        let message = error.apiMessage?.lowercased() ?? ""
        return ["exist", "duplicate", "already"].contains(where: message.contains)
    }

    private func conflict(_ error: CoverError) -> CoverError {
        CoverError(
            .conflict,
            "The music task has a cover already, but the API does not say which.",
            httpStatus: error.httpStatus,
            apiCode: error.apiCode,
            apiMessage: error.apiMessage
        )
    }
}
