import CoverModel

extension Fact {
    private static let invisible = "taskNotFound 404 stop apiCode=200"
    private static let image = "https://i/a.png"
    private static let done = "succeeded! images=https://i/a.png"
    private static let response = #""response":{"images":["https://i/a.png"]}"#

    static let records: [Fact] = [
        Fact(
            "the documented success",
            """
            {"code":200,"msg":"success","data":{
              "taskId":"21aee3c3c2a01fa5e030b3799fa4dd56","parentTaskId":"73d6128b3523a0079df10da9471017c8",
              "callbackUrl":"https://api.example.com/callback","completeTime":"2025-01-15T10:35:27.000Z",
              "response":{"images":["https://tempfile.aiquickdraw.com/s/1_6c.png",
                                    "https://tempfile.aiquickdraw.com/s/1_c1.png"]},
              "successFlag":1,"createTime":"2025-01-15T10:33:01.000Z","errorCode":200,"errorMessage":""}}
            """,
            "succeeded! images=https://tempfile.aiquickdraw.com/s/1_6c.png,https://tempfile.aiquickdraw.com/s/1_c1.png "
                + "created=2025-01-15T10:33:01.000Z completed=2025-01-15T10:35:27.000Z "
                + "parent=73d6128b3523a0079df10da9471017c8 callback=https://api.example.com/callback",
            taskId: "21aee3c3c2a01fa5e030b3799fa4dd56"
        ),
        Fact(record: "successFlag 0 is pending", #"{"taskId":"t","successFlag":0}"#, "pending"),
        Fact(record: "successFlag 1 is success", #"{"taskId":"t","successFlag":1,\#(response)}"#, done),
        Fact(record: "successFlag 2 is generating, never failed", #"{"taskId":"t","successFlag":2}"#, "generating"),
        Fact(
            record: "successFlag 3 is failed",
            #"{"taskId":"t","successFlag":3,"errorCode":500,"errorMessage":"no luck"}"#,
            "failed! failure=500:no luck"
        ),
        Fact(record: "msg success says nothing about the task", #"{"taskId":"t","successFlag":2}"#, "generating"),
        Fact(record: "status PENDING", #"{"status":"PENDING"}"#, "pending"),
        Fact(record: "status SUCCESS", #"{"status":"SUCCESS",\#(response)}"#, done),
        Fact(
            record: "status CREATE_TASK_FAILED",
            #"{"status":"CREATE_TASK_FAILED"}"#,
            "failed! failure=-:The API reports CREATE_TASK_FAILED."
        ),
        Fact(
            record: "status GENERATE_COVER_FAILED",
            #"{"status":"GENERATE_COVER_FAILED","errorMessage":"x"}"#,
            "failed! failure=-:x"
        ),
        Fact(record: "flag and status that agree", #"{"successFlag":1,"status":"SUCCESS",\#(response)}"#, done),
        Fact(
            record: "where flag and status disagree, the integer wins",
            #"{"successFlag":2,"status":"GENERATE_COVER_FAILED"}"#,
            "generating",
            warnings: ["conflictingFields"]
        ),
        Fact(
            record: "200 is the errorCode of a success",
            #"{"successFlag":1,"errorCode":200,\#(response)}"#,
            done
        ),
        Fact(record: "errorCode null while pending", #"{"successFlag":0,"errorCode":null}"#, "pending"),
        Fact(record: "errorCode 0 while pending", #"{"successFlag":0,"errorCode":0}"#, "pending"),
        Fact(
            record: "errorCode 500 does not fail what the flag calls generating",
            #"{"successFlag":2,"errorCode":500}"#,
            "generating",
            warnings: ["conflictingFields"]
        ),
        Fact(
            record: "a failure with errorCode 200 has no code",
            #"{"successFlag":3,"errorCode":200}"#,
            "failed! failure=-:The API gives no reason."
        ),
        Fact(record: "no field is required", #"{"taskId":"t"}"#, "unknown", warnings: ["missingState"]),
        Fact(record: "a record with nothing in it is not visible yet", "{}", invisible),
        Fact(record: "an empty list is not visible yet", "[]", invisible),
        Fact(record: "an empty record in a text is not visible yet", #""{}""#, invisible),
        Fact(
            record: "a name with another letter K is another name",
            #"{"tas\u212aId":"other","successFlag":2}"#,
            "generating"
        ),
        Fact(record: "a list of nothing is not visible yet", "[null,{},[]]", invisible),
        Fact(record: "objects with nothing in them are not visible yet", #"{"x":{},"y":[{"z":null}]}"#, invisible),
        Fact(record: "false is not visible yet", "false", invisible),
        Fact(record: "null in a text is not visible yet", #""null""#, invisible),
        Fact(record: "a number is no record", "0", "malformedResponse 1004 retryable"),
        Fact(record: "a record of nulls is not visible yet", #"{"taskId":null,"response":null}"#, invisible),
        Fact(
            record: "images that are all refused end the task",
            #"{"successFlag":1,"response":{"images":["http://i/a.png","ftp://i/b"]}}"#,
            "succeeded!",
            warnings: ["droppedImage", "noImages"]
        ),
        Fact(
            record: "a list of no images is looked at again",
            #"{"successFlag":1,"response":{"images":[null,""]}}"#,
            "succeeded",
            warnings: ["noImages"]
        ),
        Fact(
            record: "half a surrogate pair is no text",
            #"{"successFlag":3,"errorMessage":"x \ud83d, \ude00 and \ud83d\ude00, \\ud83d"}"#,
            "failed! failure=-:x \u{FFFD}, \u{FFFD} and 😀, \\ud83d"
        ),
        Fact(
            record: "half a surrogate pair in JSON in a text is no text",
            #""{\"successFlag\":3,\"errorMessage\":\"x \\ud83d\"}""#,
            "failed! failure=-:x \u{FFFD}"
        ),
        Fact(
            record: "a NUL in a name costs nothing",
            #"{"successFlag":3,"a\u0000b":1,"errorMessage":"no luck"}"#,
            "failed! failure=-:no luck"
        ),
        Fact(
            record: "any field may be null",
            #"{"taskId":null,"parentTaskId":null,"callbackUrl":null,"completeTime":null,"response":null,"successFlag":0,"#
                + #""createTime":null,"errorCode":null,"errorMessage":null}"#,
            "pending"
        ),
        Fact(record: "response null", #"{"successFlag":2,"response":null}"#, "generating"),
        Fact(record: "response {}", #"{"successFlag":2,"response":{}}"#, "generating"),
        Fact(
            record: "response as JSON in a string",
            #"{"successFlag":1,"response":"{\"images\":[\"https://i/a.png\"]}"}"#,
            done
        ),
        Fact(
            record: "response as a list",
            #"{"successFlag":1,"response":["https://i/a.png"]}"#,
            done
        ),
        Fact(
            record: "images as objects with a url",
            #"{"successFlag":1,"response":{"images":[{"url":"https://i/a.png"},{"image_url":"https://i/b.png"}]}}"#,
            "succeeded! images=https://i/a.png,https://i/b.png"
        ),
        Fact(
            record: "images as one string with commas",
            #"{"successFlag":1,"response":{"images":"https://i/a.png, https://i/b.png,https://i/a.png"}}"#,
            "succeeded! images=https://i/a.png,https://i/b.png"
        ),
        Fact(
            record: "an image with a comma in its URL",
            #"{"successFlag":1,"response":{"images":["https://i/w_1,h_2/a.png?p=,x:1"]}}"#,
            "succeeded! images=https://i/w_1,h_2/a.png?p=,x:1"
        ),
        Fact(record: "images as one string", #"{"successFlag":1,"response":{"images":"https://i/a.png"}}"#, done),
        Fact(
            record: "images as a list in a string",
            #"{"successFlag":1,"response":{"images":"[\"https://i/a.png\"]"}}"#,
            done
        ),
        Fact(
            record: "images with nulls and duplicates",
            #"{"successFlag":1,"response":{"images":[null,"https://i/a.png","","https://i/a.png",null]}}"#,
            done
        ),
        Fact(
            record: "three images: the count is no rule",
            #"{"successFlag":1,"response":{"images":["https://i/1","https://i/2","https://i/3"]}}"#,
            "succeeded! images=https://i/1,https://i/2,https://i/3"
        ),
        Fact(
            record: "an image that is a number",
            #"{"successFlag":1,"response":{"images":[7,"https://i/a.png"]}}"#,
            done,
            warnings: ["unreadableImages"]
        ),
        Fact(
            record: "URLs of other schemes are dropped",
            #"{"successFlag":1,"response":{"images":["http://i/b","ftp://i/c","data:x","file:///etc","https://i/a.png"]}}"#,
            done,
            warnings: ["droppedImage"]
        ),
        Fact(
            record: "plain http on this machine is the sandbox",
            #"{"successFlag":1,"response":{"images":["http://127.0.0.1:8080/a.png","http://127.0.0.1@evil.com/"]}}"#,
            "succeeded! images=http://127.0.0.1:8080/a.png",
            warnings: ["droppedImage"]
        ),
        Fact(
            record: "a success without images is not final yet",
            #"{"successFlag":1,"response":{"images":[]}}"#,
            "succeeded",
            warnings: ["noImages"]
        ),
        Fact(record: "numbers as strings", #"{"successFlag":"2","errorCode":"0"}"#, "generating"),
        Fact(record: "a flag as 2.0", #"{"successFlag":2.0}"#, "generating"),
        Fact(
            record: "a boolean is no number",
            #"{"successFlag":true,\#(response)}"#,
            "unknown images=https://i/a.png",
            warnings: ["unreadableFlag"]
        ),
        Fact(
            record: "snake_case names",
            #"{"task_id":"t","parent_task_id":"p","success_flag":3,"error_code":500,"error_message":"m","#
                + #""callback_url":"https://c/","create_time":"2025-01-15T10:33:01.000Z"}"#,
            "failed! failure=500:m created=2025-01-15T10:33:01.000Z parent=p callback=https://c/"
        ),
        Fact(record: "callBackUrl", #"{"successFlag":0,"callBackUrl":"https://c/"}"#, "pending callback=https://c/"),
        Fact(
            record: "an unknown flag is unknown, never final",
            #"{"successFlag":7}"#,
            "unknown",
            warnings: ["unknownFlag"]
        ),
        Fact(
            record: "an unknown word is unknown, never final",
            #"{"status":"EXPLODED"}"#,
            "unknown",
            warnings: ["unknownStatus"]
        ),
        Fact(
            record: "an unknown flag is not overruled by a word",
            #"{"successFlag":7,"status":"SUCCESS"}"#,
            "unknown",
            warnings: ["unknownFlag", "conflictingFields"]
        ),
        Fact(
            record: "a number outside int64 costs a warning",
            #"{"successFlag":99999999999999999999,"x":1e999}"#,
            "unknown",
            warnings: ["unreadableFlag"]
        ),
        Fact(
            record: "a number outside int64 anywhere costs nothing",
            #"{"successFlag":2,"size":-99999999999999999999999}"#,
            "generating"
        ),
        Fact(
            record: "two spellings of one field that differ",
            #"{"successFlag":2,"success_flag":3}"#,
            "generating",
            warnings: ["conflictingFields"]
        ),
        Fact(
            record: "the record of another task is malformed",
            #"{"taskId":"u","successFlag":1,\#(response)}"#,
            "malformedResponse 1004 retryable"
        ),
        Fact(record: "data null is the same as not found", "null", "taskNotFound 404 stop apiCode=200"),
        Fact(record: "data that is no object", "[1]", "malformedResponse 1004 retryable"),
        Fact(
            record: "the vendor's newer words",
            #"{"taskId":"t","state":"success","resultJson":"{\"resultUrls\":[\"https://i/a.png\"]}","createTime":1736937181000}"#,
            "\(done) created=2025-01-15T10:33:01.000Z"
        ),
        Fact(record: "the newer word queuing", #"{"state":"queuing"}"#, "pending"),
        Fact(
            record: "the newer word fail",
            #"{"state":"fail","failCode":"501","failMsg":"m"}"#,
            "failed! failure=501:m"
        ),
    ]
}
