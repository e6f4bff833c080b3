import CoverModel
import Jansson

@testable import CoverAPI

/// A table, as text, of what every status, code, body and record means for a task. All frontends follow this table.
enum AnswerTable {
    private static let statuses = [
        200, 204, 302, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 418, 422, 429, 430, 451, 455, 499, 500, 501,
        502, 503,
        504, 505, 520, 531,
    ]

    private static let bodies: [(name: String, text: @Sendable (Int) -> String)] = [
        ("own code", { #"{"code":\#($0),"msg":"m","data":null}"# }),
        ("own code 200", { _ in #"{"code":200,"msg":"success","data":{"successFlag":2}}"# }),
        ("own, nulls", { #"{"code":\#($0),"msg":null,"data":null}"# }),
        ("code alone", { #"{"code":\#($0)}"# }),
        ("own without code", { _ in #"{"msg":"m"}"# }),
        ("web page", { _ in "<!doctype html><title>Just a moment…</title>" }),
        ("plain text", { _ in "error code: 1020" }),
        ("framework's JSON", { #"{"timestamp":"2025","status":\#($0),"error":"Not Found","path":"/"}"# }),
        ("framework's code", { #"{"name":"NotFound","message":"no","code":\#($0),"className":"not-found"}"# }),
        ("code and message", { #"{"code":\#($0),"message":"no"}"# }),
        ("gateway's message", { _ in #"{"message":"no Route matched with those values"}"# }),
        ("empty object", { _ in "{}" }),
        ("nothing", { _ in "" }),
        ("cut off", { _ in #"{"code":200,"msg":"success","data":{"succ"# }),
    ]

    private static let records = [
        "null", "{}", "[]", #""""#, "7", #"{"taskId":"t"}"#, #"{"taskId":"other","successFlag":1}"#,
        #"{"successFlag":0}"#,
        #"{"successFlag":1}"#, #"{"successFlag":1,"response":null}"#, #"{"successFlag":1,"response":{"images":[]}}"#,
        #"{"successFlag":1,"response":{"images":[null]}}"#, #"{"successFlag":1,"response":{"images":["http://i/a"]}}"#,
        #"{"successFlag":1,"response":{"images":[7]}}"#, #"{"successFlag":1,"response":"null"}"#,
        #"{"successFlag":1,"response":false}"#, #"{"successFlag":1,"response":0}"#,
        #"{"successFlag":1,"response":{"images":"null"}}"#, #"{"successFlag":1,"response":{"images":[""]}}"#,
        #"{"successFlag":1,"response":{"images":[{"id":1,"url":null}]}}"#,
        #"{"successFlag":1,"response":{"data":{"progress":90}}}"#,
        #"{"successFlag":1,"resultJson":"null"}"#, #"{"successFlag":1,"response":{"images":["soon"]}}"#,
        #"{"successFlag":1,"response":{"images":["ftp://i/a"]}}"#,
        #"{"successFlag":1,"response":{"images":["data:x"]}}"#,
        #"{"successFlag":1,"response":{"images":["https://i/a"]}}"#,
        #"{"successFlag":1,"response":{"images":["http://i/a","https://i/b"]}}"#, #"{"successFlag":2}"#,
        #"{"successFlag":2,"errorCode":500}"#, #"{"successFlag":3}"#, #"{"successFlag":4}"#, #"{"successFlag":"x"}"#,
        #"{"status":"PENDING"}"#, #"{"status":"SUCCESS"}"#, #"{"status":"CREATE_TASK_FAILED"}"#, #"{"status":"NEW"}"#,
        #"{"successFlag":2,"status":"SUCCESS"}"#, #"{"state":"fail","failMsg":"m"}"#,
    ]

    static var text: String {
        var lines = ["# status, body: what it says of the task"]
        for status in statuses {
            for body in bodies {
                lines.append("\(status)  \(body.name.padded(18)) \(reading(status, body.text(status), .kie))")
            }
        }
        lines.append("# the twin, sunoapi.org, where it differs")
        for status in statuses {
            for body in bodies {
                let twin = reading(status, body.text(status), .sunoAPI)
                guard twin != reading(status, body.text(status), .kie) else { continue }
                lines.append("\(status)  \(body.name.padded(18)) \(twin)")
            }
        }
        lines.append("# code in the body under HTTP 200")
        for code in statuses + [0, 1, 201, 999] {
            lines.append("\(code)  \(reading(200, #"{"code":\#(code),"msg":"m","data":null}"#, .kie))")
        }
        lines.append("# code beside a message, as frameworks have it, under HTTP 200")
        for code in statuses {
            lines.append("\(code)  \(reading(200, #"{"code":\#(code),"message":"m"}"#, .kie))")
        }
        lines.append("# record under code 200")
        for record in records {
            lines.append("\(record)  \(reading(200, #"{"code":200,"msg":"success","data":\#(record)}"#, .kie))")
        }
        lines.append("# record under code 501")
        for record in records {
            lines.append("\(record)  \(reading(200, #"{"code":501,"msg":"m","data":\#(record)}"#, .kie))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func reading(_ status: Int, _ body: String, _ profile: HostProfile) -> String {
        let now = Timestamp(milliseconds: 0)
        let response = ExchangeResponse(head: ExchangeHead(status: status), body: Array(body.utf8))
        let outcome = ResponseReader(profile: profile, now: now).read(response)
        do throws(CoverError) {
            let status = try CoverAnswer(taskId: "t", checkedAt: now).status(outcome, response.head)
            let end = status.final ? "final" : status.state == .succeeded ? "looked at again" : "followed"
            return "\(status.state.rawValue), \(end)"
        } catch {
            return
                "\(error.kind.rawValue) \(error.code), \(error.retryable ? "retryable" : "not retryable"), \(error.consequence.rawValue)"
        }
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
