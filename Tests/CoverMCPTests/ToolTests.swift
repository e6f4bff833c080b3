import CoverModel
import CoverService
import CoverWatch
import JSONRPC
import Jansson
import Testing

@testable import CoverMCP

@Suite
struct ToolTests {
    @Test(arguments: Tool.all.map(\.name))
    func eachToolCallsItsMethod(name: String) throws {
        let tool = try #require(Tool.named(name))
        #expect(MethodTable.method(tool.method.name) == tool.method)
        let names = Set(tool.method.parameters.map(\.name))
        #expect(tool.hidden.isSubset(of: names))
        #expect(Set(tool.defaults.keys).isSubset(of: names))

        let json = try JSONValue(parsing: ListedTool(tool: tool, isSandbox: false).jsonBytes)
        for schema in ["inputSchema", "outputSchema"] {
            #expect(json[schema]?["type"]?.string == "object")
            #expect(json[schema]?["properties"]?.kind == .object)
        }
        #expect(!json.jsonText.contains("$ref"))
        // A model cannot use the bridge's own notifications, so no description names them.
        #expect(!tool.description.contains("cover/"))
    }

    @Test(arguments: [
        (String?.none, #"{"timeout":45}"#), (#"{"taskId":"a"}"#, #"{"taskId":"a","timeout":45}"#),
        (#"{"timeout":null,"taskId":"a"}"#, #"{"taskId":"a","timeout":45}"#),
        (#"{"timeout":3,"taskId":"a"}"#, #"{"timeout":3,"taskId":"a"}"#),
    ])
    func waitHasADefaultTimeout(given: String?, completed: String) throws {
        let wait = try #require(Tool.named("wait"))
        #expect(wait.completed(try given.map { try JSONValue(parsing: $0) })?.jsonText == completed)
    }

    @Test(arguments: [
        ("/covers", true), ("covers", false), ("./covers", false), ("~/covers", false), ("~", false),
    ])
    func aDirectoryIsAbsolute(path: String, isRight: Bool) throws {
        let download = try #require(Tool.named("download"))
        let fault = download.fault(in: try JSONValue(parsing: #"{"taskId":"a","directory":"\#(path)"}"#), shown: \.self)
        #expect((fault == nil) == isRight)
        #expect(fault.map { ToolFailure($0, of: download).text.contains("absolute path") } ?? true)
        #expect(
            try #require(Tool.named("status")).fault(in: try JSONValue(parsing: #"{"taskId":"~"}"#), shown: \.self)
                == nil
        )
    }

    /// The method would silently ignore a wrong argument. So the tool must report the mistake to the model.
    @Test(arguments: [
        ("status", #"{"task_id":"a"}"#, "status has no argument \"task_id\"; the nearest is \"taskId\", of taskId, "),
        ("status", #"{"id":"a"}"#, "the nearest is \"taskId\""),
        ("watch", #"{"taskId":"a"}"#, "the nearest is \"taskIds\""),
        ("generate", #"{"taskId":"a","callback_url":"https://h/"}"#, "the nearest is \"callbackUrl\""),
        ("download", #"{"taskId":"a","directory":"/d","dir":"/e"}"#, "the nearest is \"directory\""),
        ("wait", #"{"taskId":"a","time_out":3}"#, "the nearest is \"timeout\""),
        ("wait", #"{"taskId":"a","timeoutMs":3}"#, "the nearest is \"timeout\""),
        ("wait", #"{"taskId":"a","seconds":3}"#, "the nearest is \"timeout\""),
        ("download", #"{"taskId":"a","output_dir":"/e"}"#, "the nearest is \"directory\""),
        ("download", #"{"taskId":"a","path":"/e"}"#, "the nearest is \"directory\""),
        ("generate", #"{"taskId":"a","webhook":"https://h/"}"#, "the nearest is \"callbackUrl\""),
        ("generate", #"{"taskId":"a","prompt":"a"}"#, "has no argument \"prompt\"; it takes taskId, "),
        ("status", #"{"taskId":"a","verbose":true}"#, "has no argument \"verbose\"; it takes taskId, "),
        (
            "download", #"{"taskId":"a","directory":"/d","progressToken":"t"}"#,
            "download has no argument \"progressToken\"; it takes taskId, directory, overwrite"
        ),
        ("status", #"{"taskId":"a","_meta":{}}"#, "status has no argument \"_meta\"; it takes taskId, "),
        ("credits", #"{"account":"a"}"#, "credits has no argument \"account\"; it takes none"),
    ])
    func unknownArgumentsAreNamed(name: String, given: String, message: String) throws {
        let tool = try #require(Tool.named(name))
        let fault = try #require(tool.fault(in: try JSONValue(parsing: given), shown: \.self))
        #expect(fault.message.contains(message))
        #expect(fault.kind == "invalidParams")
    }

    @Test(arguments: Tool.all.map(\.name)) func absentValuesMayBeNull(name: String) throws {
        let tool = try #require(Tool.named(name))
        #expect(tool.fault(in: try JSONValue(parsing: #"{"unknown":null,"progressToken":null}"#), shown: \.self) == nil)
        let json = try JSONValue(parsing: ListedTool(tool: tool, isSandbox: false).jsonBytes)
        #expect(json["inputSchema"]?["additionalProperties"]?.bool == false)
    }

    /// If the id is wrong, no answer ever comes. Then the tool must not say after each timeout that the task is
    /// running.
    @Test func aTimeoutWithoutAnyAnswerDoesNotClaimThatTheTaskIsRunning() throws {
        let wait = try #require(Tool.named("wait"))
        let unseen = ToolFailure(RPCError(CoverError(.waitTimeout, "What happened.")), of: wait).text
        #expect(!unseen.contains("still running"))
        #expect(unseen.contains("call status") && unseen.contains("do not generate again"))
        let unknown = ToolFailure(RPCError(CoverError(.taskNotFound, "What happened.")), of: wait).text
        #expect(!unknown.contains("call wait"))
    }

    @Test func aTimeoutAfterASuccessDoesNotClaimThatTheTaskIsRunning() throws {
        let wait = try #require(Tool.named("wait"))
        let last = CoverStatus(taskId: "a", state: .succeeded, final: false, checkedAt: .init(milliseconds: 0))
        var error = RPCError(CoverError(.waitTimeout, "What happened."))
        error.details.append(.init("last", last))
        let text = ToolFailure(error, of: wait).text
        #expect(!text.contains("still running") && text.contains("The task succeeded"))
    }

    /// The end of a watch is not the end of its task. The text names the last change on the page as the start of the
    /// next page. The newest change of the journal would be wrong, because it may be after that page.
    @Test func changesDoNotMislead() throws {
        let entries: [JournalEntry] = [
            .ended(WatchEnded(sequence: 3, taskId: "a", reason: "timeout", error: nil)),
            .ended(WatchEnded(sequence: 4, taskId: "b", reason: "unauthorized", error: nil)),
        ]
        let lines = Summary.changes(ChangePage(entries: entries, lastSequence: 9, more: true)).split(separator: "\n")
        #expect(lines[0] == "#3 a: watch ended (timeout); the task continues, so wait for it")
        #expect(lines[1] == "#4 b: watch ended (unauthorized)")
        #expect(lines[2] == "There is more: call changes with after 4. Last sequence: 4.")
        #expect(try !#require(Tool.named("changes")).description.contains("lastSequence"))
    }

    /// After a restart, the numbers begin again, and the host still has a higher one.
    @Test func aPageWithoutChangesNamesTheNewestNumber() {
        let text = Summary.changes(ChangePage(entries: [], lastSequence: 2, more: false))
        #expect(text.contains("newest sequence is 2; if yours is higher, the server was restarted"))
    }

    /// The API's own message helps the user most, so the error of the tool contains it.
    @Test func theAPIsMessageIsIncluded() throws {
        let generate = try #require(Tool.named("generate"))
        let error = CoverError(.validationFailed, "What happened.", apiMessage: "callBackUrl cannot be empty")
        let text = ToolFailure(RPCError(error), of: generate).text
        #expect(text.hasPrefix("validationFailed: What happened. The API says: callBackUrl cannot be empty\nNext: "))
    }

    /// The message of such an error advises another directory or argument, or says that only the user can help.
    @Test(arguments: ["downloadFailed", "badRequest"])
    func theAdviceAgreesWithTheMessage(kind: String) throws {
        var error = CoverError(CoverError.Kind(rawValue: kind), "Mend that, or choose another directory.")
        error.retryable = false
        let text = ToolFailure(RPCError(error), of: try #require(Tool.named("download"))).text
        #expect(!text.contains("Next: Tell the user") && text.contains("Otherwise tell the user"), "\(text)")
    }

    /// For every tool and every kind of error, the text says what to do next.
    @Test(arguments: CoverError.Kind.all.map(\.rawValue), Tool.all.map(\.name))
    func everyErrorSaysWhatToDo(kind: String, name: String) throws {
        let tool = try #require(Tool.named(name))
        let error = RPCError(CoverError(CoverError.Kind(rawValue: kind), "What happened."))
        let text = ToolFailure(error, of: tool).text
        #expect(text.hasPrefix("\(kind): What happened.\nNext: "))
        #expect(!text.hasSuffix("Tell the user what happened."))
        // No text may make the model pay for a cover a second time.
        if error.retryable, kind != "downloadFailed" { #expect(text.contains("paid for") || text.contains("is safe")) }
    }
}
