import APITestSupport
import CoverModel
import CoverService
import Jansson
import TestSupport
import Testing

/// Compares the OpenRPC document with the service that it describes.
@Suite(.timeLimit(.minutes(5)))
struct DocumentTests {
    private let document: JSONValue
    private let methods: [JSONValue]

    init() throws {
        document = try JSONValue(parsing: OpenRPCDocument().jsonText)
        methods = try #require(document["methods"]?.elements)
    }

    @Test func `names are there once`() {
        let names = methods.compactMap { $0["name"]?.string }
        #expect(names.count == MethodTable.methods.count + MethodTable.notifications.count)
        #expect(Set(names).count == names.count)
    }

    @Test func `discover answers it`() async throws {
        let document = document.jsonText
        try await ServiceRig().run { rig in
            let answer = try await rig.call("rpc.discover")
            #expect(answer["result"]?.jsonText == document)
        }
    }

    @Test func `required parameters come first`() {
        for method in methods {
            let required = method["params"]?.elements?.map { $0["required"]?.bool ?? false } ?? []
            #expect(required == required.sorted { $0 && !$1 }, "\(method["name"]?.string ?? "")")
        }
    }

    @Test func `every error of the client is described with its code`() throws {
        let errors = try #require(document["components"]?["errors"]?.members)
        #expect(Set(errors.map(\.name)) == Set(CoverError.Kind.all.map(\.rawValue)))
        for (name, error) in errors {
            #expect(error["data"]?["kind"]?.string == name)
            #expect(error["code"]?.integer != nil)
            #expect(error["data"]?["retryable"]?.bool != nil)
        }
    }

    @Test func `notifications to the bridge are never answered`() async throws {
        try await ServiceRig().run { rig in
            for method in MethodTable.methods.map({ $0.name }) + ["initialized", "$/unknown", "unknown"]
            where method != "shutdown" {
                rig.send(method, #"{"taskId":"","taskIds":[],"directory":""}"#)
            }
            rig.send("$/cancelRequest", "{}")
            rig.send("$/cancelRequest")
            let answer = try await rig.call("ping")
            #expect(answer["result"] != nil)
            #expect(rig.exchange.requests.isEmpty)
        }
    }
}
