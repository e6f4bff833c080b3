import CoverModel
import CoverWatch

@testable import CoverAPI

/// Generates answers of the API and of other servers in its place. The answers are all rows of the page of facts, the
/// known cases, and noise.
struct AnswerGenerator {
    private var random: SplitMix64
    /// One generator in four uses the other API host, whose codes have other meanings.
    private let profile: HostProfile

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        profile = seed.isMultiple(of: 4) ? .sunoAPI : .kie
    }

    /// The next answer to a query, in the form in which the client reads it.
    mutating func next() -> Result<CoverStatus, CoverError> {
        switch Int.random(in: 0..<20, using: &random) {
        case 0:
            let kinds = CoverError.Kind.all.filter { $0 != .waitTimeout && $0 != .fileExists && $0 != .downloadFailed }
            return .failure(CoverError(kinds.randomElement(using: &random) ?? .serverError, "", retryAfter: retryAfter))
        case 1: return read(200, headers: [], noise())
        default: return read(status, headers: headers, Array(body.utf8))
        }
    }

    private func read(
        _ status: Int,
        headers: [(name: String, value: String)],
        _ body: [UInt8]
    ) -> Result<CoverStatus, CoverError> {
        let now = Timestamp(milliseconds: 1_736_937_181_000)
        let response = ExchangeResponse(head: ExchangeHead(status: status, headers: headers), body: body)
        let outcome = ResponseReader(profile: profile, now: now).read(response)
        return Result { () throws(CoverError) in
            try CoverAnswer(taskId: "t", checkedAt: now).status(outcome, response.head)
        }
    }

    private var status: Int {
        mutating get {
            if Int.random(in: 0..<3, using: &random) > 0 { return 200 }
            return pick([204, 302] + Self.codes)
        }
    }

    private static let codes = [
        400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 418, 422, 429, 430, 451, 455, 499, 500, 501, 502, 503, 504,
        505, 520, 531,
    ]

    private var headers: [(name: String, value: String)] {
        mutating get {
            let after = pick([
                "", "0", "1", "7", "-1", "99999", "1e3", "soon", "Wed, 15 Jan 2025 10:33:31 GMT",
                "Wed Jan 15 10:33:01 2025", "Wednesday, 15-Jan-25 11:33:31 GMT", "Wed, 15 Jan 2025 11:33:31 GMT",
            ])
            let date = pick(["", "Wed, 15 Jan 2025 11:33:01 GMT", "Wed, 15 Jan 2025 09:33:01 GMT", "nonsense"])
            return [(name: "Retry-After", value: after), (name: "Date", value: date)].filter { !$0.value.isEmpty }
        }
    }

    private var retryAfter: Double? {
        mutating get { pick([nil, 0, 0.01, 1, 5, 600]) }
    }

    private var body: String {
        mutating get {
            let code = pick([200, 200, 200, 0, 5] + Self.codes)
            let record = record
            return pick([
                #"{"code":\#(code),"msg":"success","data":\#(record)}"#,
                #"{"code":\#(code),"msg":"success","data":\#(record)}"#,
                #"{"code":"\#(code)","data":\#(record)}"#, #"{"data":\#(record)}"#, #"{"msg":"m"}"#, "{}", "", "[]",
                "null",
                #"{"code":422,"msg":"recordInfo is null"}"#, "<html>", " \n<!DOCTYPE html>", "forbidden",
                #"{"message":"no"}"#, #"{"detail":"Not Found"}"#, #"{"error":"no","path":"/"}"#, #"{"code":\#(code)}"#,
                #"{"statusCode":\#(code),"message":"no"}"#, #"{"code":\#(code),"message":"no","name":"E"}"#,
                #"{"code":\#(code),"message":"no"}"#, #"{"code":"E_NO","message":"no","data":{"status":\#(code)}}"#,
                #"{"data":[]}"#, #"{"code":1e999,"data":\#(record)}"#,
                "\u{FEFF}" + #"{"code":\#(code),"data":\#(record)}"#, #"{"code":200,"data":{"succ"#,
            ])
        }
    }

    private var record: String {
        mutating get {
            let flag = pick(["0", "1", "1", "2", "3", "4", "null", #""1""#, #""x""#])
            let word = pick(["", ""] + Self.words.map { #","status":"\#($0)""# })
            let rest = pick(Self.images) + pick(Self.details)
            return pick([
                #"{"taskId":"t","successFlag":\#(flag)\#(word)\#(rest)}"#, #"{"successFlag":\#(flag)\#(rest)}"#,
                #"{"task_id":"t","success_flag":\#(flag)\#(rest)}"#, #"{"taskId":"t"\#(word)\#(rest)}"#,
                #"{"taskId":"t","model":"m","state":"\#(pick(Self.words))"\#(rest)}"#,
                #"{"successFlag":\#(flag),"errorMessage":"x \ud83d"}"#, "{}", "[]", "null", #""""#, "0", #""{}""#,
                #"{"taskId":"other","successFlag":1}"#, #"{"taskId":"t ","successFlag":\#(flag)}"#,
                #""{\"successFlag\":2}""#,
            ])
        }
    }

    /// The words for states in the API's documentation and in newer pages of the vendor.
    private static let words = [
        "PENDING", "SUCCESS", "CREATE_TASK_FAILED", "GENERATE_COVER_FAILED", "waiting", "queuing", "generating",
        "success",
        "fail", "NEW",
    ]

    private static let images = [
        "", #","response":null"#, #","response":{}"#, #","response":{"images":[]}"#, #","response":{"images":null}"#,
        #","response":{"images":["http://i/a"]}"#, #","response":{"images":[null,"ftp://i/a"]}"#,
        #","response":{"images":[null]}"#, #","response":{"images":["https://i/a"]}"#,
        #","response":{"images":["https://i/a",null,"https://i/a"]}"#, #","response":{"images":"https://i/a"}"#,
        #","response":{"images":[{"url":"https://i/a"}]}"#, #","response":"{\"images\":[\"https://i/a\"]}""#,
        #","resultJson":"{}""#, #","resultJson":"{\"resultUrls\":[\"https://i/a\"]}""#,
    ]

    private static let details = [
        "", #","errorCode":200"#, #","errorCode":500,"errorMessage":"no""#, #","errorCode":0"#, #","errorCode":null"#,
        #","failCode":"501","failMsg":"no""#, #","createTime":"2025-01-15T10:33:01""#, #","createTime":1736937181000"#,
        #","createTime":"soon","callBackUrl":"https://c/""#,
    ]

    private mutating func noise() -> [UInt8] {
        // The noise makes some bytes invalid in UTF-8.
        var bytes = Array(body.utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return bytes
    }

    private mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: choices.indices, using: &random)] }
}
