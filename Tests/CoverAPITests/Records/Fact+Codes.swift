extension Fact {
    /// A row for every code of the table. Each code comes once in the body under HTTP 200, and once as the HTTP status.
    static let codes: [Fact] = meanings.flatMap { code, reading -> [Fact] in
        let body = #"{"code":\#(code),"msg":"m","data":null}"#
        let apiCode = reading.hasSuffix("!") ? " failure=\(code):m" : " apiCode=\(code) says=m"
        return [
            Fact("code \(code) in the body", body, reading + apiCode),
            Fact("code \(code) in both", http: code, body, reading + apiCode),
            Fact("code \(code) as a string", #"{"code":"\#(code)","msg":"m"}"#, reading + apiCode),
            Fact(
                "code \(code) as the HTTP status alone",
                http: code,
                #"{"msg":"m"}"#,
                // A web framework sends such an answer for an unknown path, so the answer may not come from the API.
                [404, 405, 408, 501, 531].contains(code)
                    ? "malformedResponse 1004 retryable"
                    : reading + " says=m"
            ),
            Fact(
                "HTTP \(code) with body 200 is the HTTP status",
                http: code,
                #"{"code":200,"msg":"m"}"#,
                reading + (reading.hasSuffix("!") ? " failure=\(code):m" : " apiCode=200 says=m")
            ),
        ]
    }

    private static let meanings: [(code: Int, reading: String)] = [
        (400, "badRequest 400 stop"), (401, "unauthorized 401 stop"), (402, "insufficientCredits 402 stop"),
        (403, "unauthorized 401 stop"), (407, "malformedResponse 1004 retryable"), (404, "taskNotFound 404 stop"),
        (410, "taskNotFound 404 stop"),
        (408, "failed!"), (409, "conflict 409 stop"),
        (422, "validationFailed 422 stop"),
        (429, "rateLimited 429 retryable"), (451, "badRequest 400 stop"), (455, "maintenance 455 retryable"),
        (500, "serverError 500 retryable"), (501, "failed!"), (502, "serverError 500 retryable"),
        (503, "serverError 500 retryable"), (504, "serverError 500 retryable"), (505, "featureDisabled 505 stop"),
        (531, "failed!"), (405, "serverError 500 retryable"), (430, "serverError 500 retryable"),
        (499, "serverError 500 retryable"),
    ]

    private static let html = "<html><body>Bad gateway</body></html>"

    static let broken: [Fact] = [
        Fact(
            "422 recordInfo is null is not found",
            #"{"code":422,"msg":"recordInfo is null"}"#,
            "taskNotFound 404 stop apiCode=422 says=recordInfo is null"
        ),
        Fact("no code but data", #"{"data":{"successFlag":0}}"#, "pending"),
        Fact(
            "success is no reason for a failure",
            #"{"code":501,"msg":"success"}"#,
            "failed! failure=501:The generation failed."
        ),
        Fact(
            "success is no reason for an error",
            http: 500,
            #"{"code":200,"msg":"success"}"#,
            "serverError 500 retryable apiCode=200"
        ),
        Fact(
            "the record of a task with a blank more",
            #"{"code":200,"data":{"taskId":"t ","successFlag":1}}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact(
            "the record of a task with a NUL more",
            #"{"code":200,"data":{"taskId":"t\u0000","successFlag":1}}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact(
            "the record of a task with a mark more",
            #"{"code":200,"data":{"taskId":"t\ufeff","successFlag":1}}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact(
            "data that is no record of a task",
            #"{"code":200,"data":{"records":[],"total":0}}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact("HTML under 200", html, "malformedResponse 1004 retryable"),
        Fact("nothing under 200", "", "malformedResponse 1004 retryable"),
        Fact(
            "cut-off JSON under 200",
            #"{"code":200,"msg":"success","data":{"succ"#,
            "malformedResponse 1004 retryable"
        ),
        Fact("a list under 200", "[]", "malformedResponse 1004 retryable"),
        Fact("an object of another form under 200", #"{"ok":true}"#, "malformedResponse 1004 retryable"),
        Fact("a byte order mark is skipped", "\u{FEFF}" + #"{"code":200,"data":{"successFlag":2}}"#, "generating"),
        Fact("HTML under 502", http: 502, html, "serverError 500 retryable"),
        Fact("a gateway's 408 is not the API's", http: 408, html, "malformedResponse 1004 retryable"),
        Fact("a gateway's 501 is not the API's", http: 501, "", "malformedResponse 1004 retryable"),
        Fact(
            "a redirect",
            http: 302,
            headers: [("Location", "https://evil/")],
            "",
            "malformedResponse 1004 retryable"
        ),
        Fact("a code of true is none", #"{"code":true,"data":{"successFlag":2}}"#, "generating"),
        Fact(
            "a code beyond int64 is none of the documented",
            #"{"code":1e999,"data":{"successFlag":1}}"#,
            "serverError 500 retryable"
        ),
        Fact(
            "a code of 0 is not documented",
            #"{"code":0,"data":{"successFlag":1}}"#,
            "serverError 500 retryable apiCode=0"
        ),
        Fact(
            "a failed task keeps what its record knows",
            #"{"code":501,"msg":"m","data":{"taskId":"t","images":null,"parentTaskId":"p"}}"#,
            "failed! failure=501:m parent=p"
        ),
        Fact(
            "a code of failure against a flag of success",
            #"{"code":501,"msg":"m","data":{"taskId":"t","successFlag":1}}"#,
            "failed! failure=501:m",
            warnings: ["conflictingFields"]
        ),
        Fact(
            "an HTTP status of failure against a record that goes on",
            http: 501,
            #"{"code":200,"msg":"success","data":{"taskId":"t","successFlag":2}}"#,
            "serverError 500 retryable"
        ),
        Fact(
            "an HTTP status of failure against a record of success",
            http: 531,
            #"{"code":200,"msg":"success","data":{"taskId":"t","state":"success","resultJson":"{}"}}"#,
            "serverError 500 retryable"
        ),
        Fact(
            "an HTTP status of failure with a record of failure",
            http: 408,
            #"{"code":200,"msg":"m","data":{"taskId":"t","successFlag":3}}"#,
            "failed! failure=408:m"
        ),
        Fact(
            "an HTTP status of failure with a flag that is not read",
            http: 501,
            #"{"code":200,"msg":"m","data":{"taskId":"t","successFlag":"x"}}"#,
            "failed! failure=501:m",
            warnings: ["unreadableFlag"]
        ),
        Fact(
            "a failed task that is another one",
            #"{"code":501,"msg":"m","data":{"taskId":"u"}}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact(
            "Retry-After in seconds",
            http: 429,
            headers: [("retry-after", "7")],
            "{}",
            "rateLimited 429 retryable after=7.0"
        ),
        Fact(
            "Retry-After with a code in the body",
            headers: [("Retry-After", "1.5")],
            #"{"code":429,"msg":""}"#,
            "rateLimited 429 retryable apiCode=429 after=1.5"
        ),
        Fact(
            "Retry-After as a date",
            http: 503,
            headers: [("Retry-After", "Wed, 15 Jan 2025 10:33:31 GMT")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After in the past",
            http: 503,
            headers: [("Retry-After", "Wed, 15 Jan 2025 10:33:00 GMT")],
            "",
            "serverError 500 retryable after=0.0"
        ),
        Fact(
            "Retry-After is capped",
            http: 429,
            headers: [("Retry-After", "86400")],
            "",
            "rateLimited 429 retryable after=600.0"
        ),
        Fact(
            "Retry-After as a date goes by the server's clock",
            http: 429,
            headers: [("Retry-After", "Wed, 15 Jan 2025 11:33:31 GMT"), ("Date", "Wed, 15 Jan 2025 11:33:01 GMT")],
            #"{"code":429,"msg":"m"}"#,
            "rateLimited 429 retryable apiCode=429 says=m after=30.0"
        ),
        Fact(
            "Retry-After by a server whose clock is behind",
            http: 429,
            headers: [("Retry-After", "Wed, 15 Jan 2025 09:33:31 GMT"), ("date", "Wednesday, 15-Jan-25 09:33:01 GMT")],
            "",
            "rateLimited 429 retryable after=30.0"
        ),
        Fact(
            "Retry-After in the form of RFC 850",
            http: 503,
            headers: [("Retry-After", "Wednesday, 15-Jan-25 10:33:31 GMT")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After in the form of asctime",
            http: 503,
            headers: [("Retry-After", "Wed Jan 15 10:33:31 2025"), ("Date", "no date")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After in a zone of numbers",
            http: 503,
            headers: [("Retry-After", "Wed, 15 Jan 2025 10:33:31 +0000"), ("Date", "Wed, 15 Jan 2025 10:33:01 gmt")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After as Python writes it",
            http: 503,
            headers: [("Retry-After", "Wed, 15 Jan 2025 10:33:31 -0000")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After in another zone",
            http: 503,
            headers: [("Retry-After", "Wed, 15 Jan 2025 10:33:31 -0500")],
            "",
            "serverError 500 retryable after=5.0"
        ),
        Fact(
            "Retry-After as an ISO date",
            http: 503,
            headers: [("Retry-After", "2025-01-15T10:33:31Z")],
            "",
            "serverError 500 retryable after=30.0"
        ),
        Fact(
            "Retry-After of two headers in one",
            http: 429,
            headers: [("Retry-After", "3, 5")],
            "",
            "rateLimited 429 retryable after=3.0"
        ),
        Fact(
            "Retry-After of nonsense",
            http: 429,
            headers: [("Retry-After", "soon")],
            "",
            "rateLimited 429 retryable after=5.0"
        ),
        Fact(
            "Retry-After with a unit",
            http: 503,
            headers: [("Retry-After", "3000ms")],
            "",
            "serverError 500 retryable after=5.0"
        ),
        Fact(
            "405 on the twin is a limit",
            http: 405,
            "{}",
            "rateLimited 429 retryable",
            host: "api.sunoapi.org"
        ),
        Fact(
            "430 on the twin is a limit",
            #"{"code":430,"msg":""}"#,
            "rateLimited 429 retryable apiCode=430",
            host: "api.sunoapi.org"
        ),
        Fact(
            "429 on the twin is about credits",
            #"{"code":429,"msg":""}"#,
            "insufficientCredits 402 stop apiCode=429",
            host: "api.sunoapi.org"
        ),
        Fact(
            "words of the API that are no text",
            #"{"code":500,"msg":{"reason":"no luck"}}"#,
            #"serverError 500 retryable apiCode=500 says={"reason":"no luck"}"#
        ),
        Fact(
            "the API's words, on one line",
            #"{"code":500,"msg":"  a\u0000b\n\n c\u001b[31m "}"#,
            "serverError 500 retryable apiCode=500 says=a b c [31m"
        ),
    ]
}
