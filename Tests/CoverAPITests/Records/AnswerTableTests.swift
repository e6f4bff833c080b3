import CoverModel
import Testing

@testable import CoverAPI

struct AnswerTableTests {
    private static let file = #filePath.replacing(
        "CoverAPITests/Records/AnswerTableTests.swift",
        with: "Transcripts/answers.txt"
    )

    /// Compares the whole table with the file. If you change the table on purpose, put the printed table into the file.
    @Test func theTableMatchesTheFile() throws {
        let text = AnswerTable.text
        let expected = String(decoding: try readFile(Self.file, limit: 1 << 20), as: UTF8.self)
        let difference = zip(text.split(separator: "\n"), expected.split(separator: "\n")).first { $0 != $1 }
        let isSame = text == expected
        #expect(isSame, "\(difference.map { "\($0), in the file \($1)" } ?? "lengths"); the table is:\n\(text)")
    }

    /// If another server answers in the API's place, one such answer ends neither a task nor a watch.
    @Test(arguments: [
        200, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 422, 429, 451, 455, 500, 501, 502, 503, 505, 531,
    ])
    func answersOfOtherServersEndNothing(_ status: Int) {
        var bodies = [
            "<html>", " \n<!DOCTYPE html>", "Forbidden", "", "{}", #"{"message":"no"}"#, #"{"error":"no"}"#, "[]",
            "null",
            #"{"code":\#(status)}"#, #"{"detail":"Not Found"}"#, #"{"code":\#(status),"message":"HTTP \#(status)"}"#,
            #"{"statusCode":\#(status),"message":"no","error":"no"}"#,
            #"{"code":"rest_no_route","message":"no","data":{"status":\#(status)}}"#,
            #"{"code":5,"message":"Not Found","details":[]}"#, #"{"code":200,"message":"OK"}"#,
            #"{"code":\#(status),"message":"no","request_id":"r"}"#, #"{"code":\#(status),"error":"no"}"#,
            #"{"status":"ok","data":[]}"#, #"{"data":{}}"#, #"{"data":null}"#,
            #"{"success":false,"errors":[{"code":\#(status)}]}"#,
        ]
        // A web framework may send these statuses with such a message. The client must not conclude from them that a
        // new cover must be ordered.
        if [404, 405, 408, 501, 531].contains(status) { bodies.append(#"{"msg":"Not Implemented"}"#) }
        // Under HTTP 200, data with content counts as an answer of the API.
        for body in bodies where status != 200 || !body.contains(#""data":{""#) {
            let response = ExchangeResponse(head: ExchangeHead(status: status), body: Array(body.utf8))
            guard case .error(let error, _) = ResponseReader(profile: .kie, now: .init(milliseconds: 0)).read(response)
            else {
                Issue.record("\(body) is taken for an answer")
                continue
            }
            #expect(error.retryable, "\(body)")
            #expect([.tryAgain, .foreignRefusal, .hostPauses].contains(error.consequence), "\(body)")
        }
    }

    @Test(arguments: [
        (403, "<html>", "a web page came (HTTP 403)"),
        (404, #"{"detail":"Not Found"}"#, "JSON of another form came (HTTP 404)"),
        (405, "no", "plain text came (HTTP 405)"), (404, "", "nothing came (HTTP 404)"),
        (405, "", "nothing came (HTTP 405)"),
        (404, #"{"code":404,"message":"HTTP 404 Not Found"}"#, "JSON of another form"),
        (404, #"{"msg":"404 Not Found"}"#, "JSON of another form"), (401, #"{"code":401,"message":"no"}"#, "JSON"),
        (200, "<html>", "a web page came (HTTP 200)"),
        (401, "", "nothing (HTTP 401)"),
        (200, "Ollama is running", "This is not the API: plain text came (HTTP 200)"),
        (200, "OK", "plain text came (HTTP 200)"), (200, "cb({})", "plain text came (HTTP 200)"),
        (200, "\u{1}\u{2}", "bytes that are no text came (HTTP 200)"),
        (404, #"{"code":404,"ms"#, "no whole JSON came (HTTP 404)"),
    ])
    func theErrorNamesTheAnswer(_ status: Int, _ body: String, _ words: String) {
        let response = ExchangeResponse(head: ExchangeHead(status: status), body: Array(body.utf8))
        guard case .error(let error, _) = ResponseReader(profile: .kie, now: .init(milliseconds: 0)).read(response)
        else {
            Issue.record("no error")
            return
        }
        #expect(error.message.contains(words))
        #expect(body.isEmpty && status == 401 || error.message.contains("Check the endpoint"))
        #expect(error.httpStatus == status)
    }

    /// Not only the API but also a gateway may send such an answer. The error says what came, such as a web page, and
    /// contains the HTTP status.
    @Test(arguments: [
        (500, "<html>", "The way to the API has a fault: a web page came"), (502, "no", "has a fault: plain text came"),
        (503, "", "has a fault: nothing came"), (504, "{}", "has a fault: JSON of another form came"),
        (520, "\u{FEFF}<html>", "has a fault: a web page came"),
        (429, "<html>", "The rate of requests is limited: a web page came"),
        (429, "error code: 1015", "is limited: plain text came"),
        (455, "<html>", "There is maintenance: a web page came"),
        (418, "<html>", "This is not the API: a web page came"),
        (499, "<html>", "This is not the API: a web page came"),
        (304, "", "The API answered with nothing (HTTP 304)"), (300, "", "The API answered with nothing (HTTP 300)"),
        (407, "<html>", "A proxy on the way to the API asks for a login: a web page came"),
        (407, "", "A proxy on the way to the API asks for a login: nothing came"),
        (407, "no", "asks for a login: plain text came"), (407, "{}", "asks for a login: JSON of another form came"),
        (407, #"{"code":407,"message":"no"}"#, "asks for a login: JSON of another form came"),
        (200, #"{"code":200,"msg":"success","da"#, "The API answered with no whole JSON (HTTP 200)"),
        (302, "", "The API answered with a redirect"), (308, "", "The API answered with a redirect"),
        (200, String(repeating: "[", count: 65) + String(repeating: "]", count: 65), "JSON with more than 64 levels"),
    ])
    func aGatewaysAnswerIsReportedAsSuch(_ status: Int, _ body: String, _ words: String) {
        let response = ExchangeResponse(head: ExchangeHead(status: status), body: Array(body.utf8))
        guard case .error(let error, _) = ResponseReader(profile: .kie, now: .init(milliseconds: 0)).read(response)
        else {
            Issue.record("no error")
            return
        }
        #expect(error.message.contains(words), "\(error.message)")
        #expect(error.message.contains("(HTTP \(status))"))
    }

    @Test func anEmptyCompressedBodyIsReported() {
        let head = ExchangeHead(status: 200, headers: [(name: "content-encoding", value: "gzip")])
        let response = ExchangeResponse(head: head, body: [])
        guard case .error(let error, _) = ResponseReader(profile: .kie, now: .init(milliseconds: 0)).read(response)
        else {
            Issue.record("no error")
            return
        }
        #expect(error.message.contains("a packed body that is empty, or broke off before its end (HTTP 200)"))
    }

    @Test(arguments: [
        ("the-key", "a body packed in a way that is not read"), ("br", "a body packed as br, which is not read"),
        ("gzip, the-key, ZSTD", "a body packed as zstd, which is not read"),
    ])
    func anUnknownCodingIsReported(_ coding: String, _ words: String) {
        let head = ExchangeHead(status: 200, headers: [(name: "content-encoding", value: coding)])
        let response = ExchangeResponse(head: head, body: [0x0B, 0x02, 0x80])
        guard case .error(let error, _) = ResponseReader(profile: .kie, now: .init(milliseconds: 0)).read(response)
        else {
            Issue.record("no error")
            return
        }
        #expect(!error.message.contains("the-key"))
        #expect(error.message.contains(words))
    }
}
