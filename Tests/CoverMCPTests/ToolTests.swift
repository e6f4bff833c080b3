import CoverAPI
import CoverService
import JSONRPC
import Jansson
import Testing

@testable import CoverMCP

@Suite
struct ToolTests {
    @Test(arguments: Tool.all.map(\.name))
    func standsForAMethod(name: String) throws {
        let tool = try #require(Tool.named(name))
        let method = try #require(MethodTable.byName[tool.method])
        let names = Set(method.parameters.map(\.name))
        #expect(tool.hidden.isSubset(of: names))
        #expect(Set(tool.defaults.keys).isSubset(of: names))

        let json = try JSONValue(parsing: tool.jsonBytes)
        for schema in ["inputSchema", "outputSchema"] {
            #expect(json[schema]?["type"]?.string == "object")
            #expect(json[schema]?["properties"]?.kind == .object)
        }
        #expect(!tool.jsonText.contains("$ref"))
        // The protocol's own notifications mean nothing to a model.
        #expect(!tool.description.contains("cover/"))
    }

    @Test(arguments: [
        (String?.none, #"{"timeout":45}"#), (#"{"taskId":"a"}"#, #"{"taskId":"a","timeout":45}"#),
        (#"{"timeout":null,"taskId":"a"}"#, #"{"taskId":"a","timeout":45}"#),
        (#"{"timeout":3,"taskId":"a"}"#, #"{"timeout":3,"taskId":"a"}"#),
    ])
    func waitHasPatienceOfItsOwn(given: String?, completed: String) throws {
        let wait = try #require(Tool.named("wait"))
        #expect(wait.completed(try given.map { try JSONValue(parsing: $0) })?.jsonText == completed)
    }

    /// Every kind has something to do next, for every tool.
    @Test(arguments: CoverError.Kind.all.map(\.rawValue), Tool.all.map(\.name))
    func everyErrorSaysWhatToDo(kind: String, name: String) throws {
        let tool = try #require(Tool.named(name))
        let error = RPCError(CoverError(CoverError.Kind(rawValue: kind), "What happened."))
        let text = ToolFailure(error, of: tool).text
        #expect(text.hasPrefix("\(kind): What happened.\nNext: "))
        #expect(!text.hasSuffix("Tell the user what happened."))
        // Nobody must be led to pay twice.
        if error.retryable, kind != "downloadFailed" { #expect(text.contains("paid for") || text.contains("is safe")) }
    }
}
