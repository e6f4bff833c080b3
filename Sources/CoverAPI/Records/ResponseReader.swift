import CoverModel
import Jansson

/// Reads an HTTP answer of the API. The body and the HTTP status may disagree. This type decides what the answer means.
struct ResponseReader {
    enum Outcome {
        /// The query worked; `data` may still be null.
        case data(JSONValue?)
        /// The query worked, and says that the task failed. `isOwnCode` says whether the body's code means the failure;
        /// otherwise only the HTTP status means it.
        case failedTask(CoverStatus.Failure, data: JSONValue?, isOwnCode: Bool)
        /// The query failed. For a duplicate order, `data` may contain the id of the existing record.
        case error(CoverError, data: JSONValue?)

        /// The data of a query that is not about a cover task. For such a query, the code of a failed task is an
        /// ordinary error.
        func data() throws(CoverError) -> JSONValue? {
            switch self {
            case .data(let data): return data
            case .error(let error, _): throw error
            case .failedTask(let failure, _, _):
                throw CoverError(.serverError, "The API failed.", apiCode: failure.code, apiMessage: failure.message)
            }
        }
    }

    let profile: HostProfile
    /// The time of the wall clock, for a Retry-After with a date.
    let now: Timestamp
    /// A text that must not appear in a message: the callback URL.
    var confidential: String?
    /// Where the answer redirects to: only the scheme and the host, because the rest of the URL may be confidential. Nil if
    /// it is not known.
    var redirectTarget: String?

    func read(_ response: ExchangeResponse) -> Outcome {
        let status = response.head.status
        let json = JSONValue(repairing: response.body)
        let body = json.flatMap(LenientObject.init)
        let bodyCode = body?["code"].map(BodyCode.init) ?? .absent
        let isOwn =
            body?.isEnvelope(with: bodyCode, status: status, hasMessageOrData: json?.hasMessageOrData ?? false) ?? false
        if case .other(let code) = bodyCode, isOwn {
            return outcome(code ?? 0, apiCode: code, status: status, body: body, response)
        }
        if status >= 400 {
            guard isOwn else { return foreign(response, isJSON: json != nil) }
            return outcome(status, apiCode: bodyCode == .success ? 200 : nil, status: status, body: body, response)
        }
        // Without the API's code, only data with content is a record. Other servers also send empty lists.
        let isAnswer = bodyCode == .success ? isOwn : body?["data"]?.unwrapped.isEmptyRecord == false
        guard let body, isAnswer, (200..<300).contains(status) else {
            return .error(malformed(response, isJSON: json != nil), data: nil)
        }
        return .data(body["data"])
    }

    private func outcome(
        _ code: Int,
        apiCode: Int?,
        status: Int,
        body: LenientObject?,
        _ response: ExchangeResponse
    ) -> Outcome {
        var words = body?["msg", "message"]?.reason.flatMap(presentable)
        // The message `success` cannot explain an error, so it is dropped.
        if words?.lowercased() == "success" { words = nil }
        switch profile.codes.meaning(of: code, message: words ?? "") {
        case .failedTask:
            return .failedTask(
                .init(code: code, message: words ?? profile.codes.message(for: code)),
                data: body?["data"],
                isOwnCode: apiCode == code
            )
        case .error(let kind):
            // The API also answers 422 for an unknown task.
            let error = CoverError(
                kind,
                profile.codes.message(for: kind == .taskNotFound && code != 410 ? 404 : code),
                retryAfter: kind.trait.retryable ? RetryAfter.seconds(response.head, now: now) : nil,
                httpStatus: status,
                apiCode: apiCode,
                apiMessage: words
            )
            return .error(error, data: body?["data"])
        }
    }

    private func presentable(_ text: String) -> String? {
        var text = text
        if let confidential { text = KeyRedactor(secret: confidential, mask: "[callback]").redacted(text) }
        let words = text.presentable(upTo: 500)
        return words.isEmpty ? nil : words
    }

    /// Reads an answer that did not come from the API. Such an answer says nothing about any task.
    private func foreign(_ response: ExchangeResponse, isJSON: Bool) -> Outcome {
        let status = response.head.status
        guard let kind = profile.codes.foreignMeaning(of: status) else {
            return .error(malformed(response, isJSON: isJSON), data: nil)
        }
        let what = ForeignBody(response, isJSON: isJSON).words
        let error = CoverError(
            kind,
            "\(ResponseCodes.foreignMessage(for: kind)): \(what) came in place of the API's answer (HTTP \(status)).",
            retryAfter: RetryAfter.seconds(response.head, now: now),
            httpStatus: status
        )
        return .error(error, data: nil)
    }

    private func malformed(_ response: ExchangeResponse, isJSON: Bool) -> CoverError {
        let status = response.head.status
        let body = ForeignBody(response, isJSON: isJSON)
        let message =
            switch status {
            case _ where response.head.isRedirect:
                "The API answered with a redirect\(redirectTarget.flatMap(presentable).map { " to \($0)" } ?? ""), which is not followed with the key; check the endpoint (HTTP \(status))."
            case 407:
                "\(ResponseCodes.proxyWantsLogin): \(body.words) came in place of the API's answer (HTTP \(status)). \(ResponseCodes.loginAdvice)"
            case 404, 405,
                400... where !response.body.isEmpty, 200..<300 where body.isOfAnotherProgram:
                "This is not the API: \(body.words) came (HTTP \(status)). Check the endpoint, and what is on the way to it."
            default: "The API answered with \(body.words) (HTTP \(status))."
            }
        return CoverError(
            .malformedResponse,
            message,
            retryAfter: RetryAfter.seconds(response.head, now: now),
            httpStatus: status
        )
    }
}

extension LenientObject {
    /// Whether there is a `msg`, or data with content.
    private var saysMore: Bool { self["msg"] != nil || self["data"]?.unwrapped.isEmptyRecord == false }

    /// Whether this is the envelope of the API's answers: `code`, `msg` and `data`. Errors of gateways and web
    /// frameworks are JSON too, and some have a `code` or a `message`.
    ///
    /// - Parameter hasMessageOrData: whether the body has a member `msg` or `data` beside the code. The member may be
    ///   null.
    fileprivate func isEnvelope(with code: BodyCode, status: Int, hasMessageOrData: Bool) -> Bool {
        guard code != .absent else {
            // Web frameworks answer an unknown path with a `msg` and nothing else. A status that would mean a failed
            // task counts only together with the API's own code. The reason is that a script may order a new cover
            // after such a failure.
            return ![404, 405, 408, 501, 531].contains(status) && saysMore
                && names.allSatisfy(["msg", "data"].contains)
        }
        // Frameworks use `code` and `message`, and the API uses `msg`.
        if self["msg"] != nil { return true }
        if status >= 400 { return self["data"] != nil && self["message"] == nil }
        return self["data"] != nil || hasMessageOrData && names.allSatisfy(["code"].contains)
    }
}

/// The `code` in an answer's body.
enum BodyCode: Hashable {
    /// The code is absent, or it is not a number. In both cases the HTTP status counts.
    case absent
    case success
    /// Any other code. The number is nil if the code is not a whole number of a sensible size.
    case other(Int?)

    init(_ value: JSONValue) {
        if let code = value.lenientInteger {
            self = code == 200 ? .success : .other(Int(code))
        } else if value.lenientNumber != nil || value.isOutsizedNumber {
            self = .other(nil)
        } else {
            self = .absent
        }
    }
}

extension JSONValue {
    fileprivate var hasMessageOrData: Bool { self["msg"] != nil || self["data"] != nil }

    /// Whether this is a number that no type can hold. The parser keeps such a number as a string.
    fileprivate var isOutsizedNumber: Bool {
        guard let text = string, let first = text.utf8.first else { return false }
        return (first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39))
            && text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
    }
}
