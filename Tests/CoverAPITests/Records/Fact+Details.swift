import CoverModel

extension Fact {
    /// Rows for records whose times, reasons or images have a rare form.
    static let details: [Fact] = [
        Fact(
            record: "times without a zone are UTC",
            #"{"successFlag":0,"createTime":"2025-01-15 10:33:01","completeTime":"2025-01-15T10:35:27.5"}"#,
            "pending created=2025-01-15T10:33:01.000Z completed=2025-01-15T10:35:27.500Z"
        ),
        Fact(
            record: "times in epoch milliseconds",
            #"{"successFlag":0,"createTime":1736937181000,"completeTime":"1736937327000"}"#,
            "pending created=2025-01-15T10:33:01.000Z completed=2025-01-15T10:35:27.000Z"
        ),
        Fact(
            record: "times in epoch seconds",
            #"{"successFlag":0,"createTime":1736937181,"completeTime":"1736937327.25"}"#,
            "pending created=2025-01-15T10:33:01.000Z completed=2025-01-15T10:35:27.250Z"
        ),
        Fact(
            record: "times as 14 digits",
            #"{"successFlag":0,"createTime":"20250115103301"}"#,
            "pending created=2025-01-15T10:33:01.000Z"
        ),
        Fact(
            record: "a placeholder is no time",
            #"{"successFlag":0,"createTime":"0001-01-01T00:00:00Z","completeTime":0}"#,
            "pending",
            warnings: ["unreadableTime"]
        ),
        Fact(
            record: "a time of which the expiry cannot be written",
            #"{"successFlag":0,"createTime":"9999-12-31T23:59:59Z"}"#,
            "pending",
            warnings: ["unreadableTime"]
        ),
        Fact(
            record: "a reason of characters that are not shown gives way to the next",
            #"{"successFlag":3,"errorMessage":"\u200b\u202e","failMsg":"no luck"}"#,
            "failed! failure=-:no luck"
        ),
        Fact(
            record: "a reason of characters that are not shown is none",
            #"{"successFlag":3,"errorMessage":"\u200b"}"#,
            "failed! failure=-:The API gives no reason."
        ),
        Fact(
            record: "a reason that is an object",
            #"{"successFlag":3,"errorMessage":{"reason":"no luck"}}"#,
            #"failed! failure=-:{"reason":"no luck"}"#,
            warnings: ["unreadableText"]
        ),
        Fact(
            record: "a reason that is a fraction",
            #"{"successFlag":3,"errorMessage":1.5}"#,
            "failed! failure=-:1.5",
            warnings: ["unreadableText"]
        ),
        Fact(
            record: "a reason of nothing",
            #"{"successFlag":3,"errorMessage":{},"failMsg":[null]}"#,
            "failed! failure=-:The API gives no reason."
        ),
        Fact(
            record: "images in an object of numbers",
            #"{"successFlag":1,"response":{"images":{"0":"https://i/a.png"}}}"#,
            "succeeded! images=https://i/a.png"
        ),
        Fact(
            record: "an unreadable time never costs the record",
            #"{"successFlag":0,"createTime":"yesterday"}"#,
            "pending",
            warnings: ["unreadableTime"]
        ),
    ]
}
