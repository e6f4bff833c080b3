import CoverModel
import Jansson

/// What an HTTP answer of the API says once body and status have been weighed against each other.
struct ResponseReader {
    enum Outcome {
        /// The query worked; `data` may still be null.
        case data(JSONValue?)
        /// The query worked, and says that the task failed.
        case failedTask(CoverStatus.Failure, data: JSONValue?)
        /// The query did not work. `data` may hold the id of the record that a duplicate collides with.
        case error(CoverError, data: JSONValue?)

        /// The data of a query that is not about a cover task, where the codes of failed ones are errors like others.
        func data() throws(CoverError) -> JSONValue? {
            switch self {
            case .data(let data): return data
            case .error(let error, _): throw error
            case .failedTask(let failure, _):
                throw CoverError(.serverError, "The API failed.", apiCode: failure.code, apiMessage: failure.message)
            }
        }
    }

    let profile: HostProfile
    /// The wall clock's time, for a Retry-After that is a date.
    let now: Timestamp
    /// The key that was sent, should the API repeat it in its message.
    var key: APIKey?
    /// Another text that must not appear in a message: the callback URL.
    var confidential: String?

    func read(_ response: ExchangeResponse) -> Outcome {
        let status = response.head.status
        let json = JSONValue(repairing: response.body)
        let body = json.flatMap(LenientObject.init)
        let bodyCode = body?["code"].map(BodyCode.init) ?? .absent
        let isOwn = body?.isEnvelope(with: bodyCode, status: status) ?? false
        if case .other(let code) = bodyCode, isOwn {
            return outcome(code ?? 0, apiCode: code, status: status, body: body, response)
        }
        if status >= 400 {
            guard isOwn else { return foreign(response, isJSON: json != nil) }
            return outcome(status, apiCode: bodyCode == .success ? 200 : nil, status: status, body: body, response)
        }
        // Without the API's code around it, only what has something in it is a record: others give empty lists as well.
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
        var words = body?["msg", "message"]?.lenientText.flatMap(presentable)
        // It says that the query worked, and is no reason for anything else.
        if words?.lowercased() == "success" { words = nil }
        switch profile.codes.meaning(of: code, message: words ?? "") {
        case .failedTask:
            return .failedTask(
                .init(code: code, message: words ?? profile.codes.message(for: code)),
                data: body?["data"]
            )
        case .error(let kind):
            // 422 says so of a task that is not known, too.
            let error = CoverError(
                kind,
                profile.codes.message(for: kind == .taskNotFound && code != 410 ? 404 : code),
                retryAfter: kind.trait.retryable ? retryAfter(response.head) : nil,
                httpStatus: status,
                apiCode: apiCode,
                apiMessage: words
            )
            return .error(error, data: body?["data"])
        }
    }

    private func presentable(_ text: String) -> String? {
        var text = text
        if let confidential, !confidential.isEmpty { text = text.replacing(confidential, with: "[callback]") }
        let words = (key?.redacting(text) ?? text).presentable(upTo: 500)
        return words.isEmpty ? nil : words
    }

    private func retryAfter(_ head: ExchangeHead) -> Double? {
        head["retry-after"].flatMap {
            RetryAfter.seconds($0, now: head["date"].flatMap { Timestamp(httpDate: $0[...]) } ?? now)
        }
    }

    /// What came from something that stands in the API's place: it says nothing of any task.
    private func foreign(_ response: ExchangeResponse, isJSON: Bool) -> Outcome {
        let status = response.head.status
        guard let kind = profile.codes.foreignMeaning(of: status) else {
            return .error(malformed(response, isJSON: isJSON), data: nil)
        }
        let error = CoverError(
            kind,
            profile.codes.message(for: status),
            retryAfter: retryAfter(response.head),
            httpStatus: status
        )
        return .error(error, data: nil)
    }

    private func malformed(_ response: ExchangeResponse, isJSON: Bool) -> CoverError {
        let status = response.head.status
        let isPage = Self.looksLikeHTML(response.body)
        let what = Self.name(of: response, isPage: isPage, isJSON: isJSON)
        let message =
            switch status {
            case 300..<400:
                "The API answered with a redirect, which is not followed with the key; check the endpoint (HTTP \(status))."
            case 404, 405,
                400... where !response.body.isEmpty, 200..<300 where isPage || isJSON:
                "This is not the API: \(what) came (HTTP \(status)). Check the endpoint, and what stands on the way to it."
            default: "The API answered with \(what) (HTTP \(status))."
            }
        return CoverError(
            .malformedResponse,
            message,
            retryAfter: retryAfter(response.head),
            httpStatus: status
        )
    }

    private static func name(of response: ExchangeResponse, isPage: Bool, isJSON: Bool) -> String {
        if response.body.isEmpty { return "nothing" }
        if isPage { return "a web page" }
        if isJSON { return "JSON of another form" }
        if ContentCodings(response.head).hasUnknown { return "a body packed in a way that is not read" }
        return response.head.status < 300 ? "no whole JSON" : "plain text"
    }

    private static func looksLikeHTML(_ body: [UInt8]) -> Bool {
        body.first { $0 > 0x20 } == UInt8(ascii: "<")
    }
}

extension LenientObject {
    /// Whether there is a `msg`, or data with something in it.
    private var saysMore: Bool { self["msg"] != nil || self["data"]?.unwrapped.isEmptyRecord == false }

    /// Whether this is the envelope that the API puts around all it says: `code`, `msg` and `data`. Errors of gateways and of web
    /// frameworks are JSON as well, some with a `code` or a `message`.
    fileprivate func isEnvelope(with code: BodyCode, status: Int) -> Bool {
        guard code != .absent else {
            // A path that a framework does not know is answered with a `msg` and no more, too.
            return ![404, 405].contains(status) && saysMore && names.allSatisfy(["msg", "data"].contains)
        }
        // The JSON of frameworks has a `code` and a `message`, the API's has a `msg`.
        if self["msg"] != nil { return true }
        if status >= 400 { return self["data"] != nil && self["message"] == nil }
        return self["data"] != nil || names.allSatisfy(["code"].contains)
    }
}

/// The `code` in an answer's body.
enum BodyCode: Hashable {
    /// Not there, or nothing that is a number: the HTTP status counts.
    case absent
    case success
    /// Nil where it is a number that is no whole one of a sensible size.
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
    /// A number beyond what can be held, which the parser leaves as a string of its characters.
    fileprivate var isOutsizedNumber: Bool {
        guard let text = string, let first = text.utf8.first else { return false }
        return (first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39))
            && text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
    }
}
