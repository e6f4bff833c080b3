import APITestSupport
import CoverAPI
import CoverModel
import Jansson
import TestSupport
import Testing

/// Tests `initialize`. It can bring a key and the id of a process, and the service accepts it once.
@Suite(.timeLimit(.minutes(5)))
struct InitializeTests {
    @Test func `a key that is given is used and never shown`() async throws {
        try await ServiceRig(key: nil).run { rig in
            let before = try await rig.call("cover/status", #"["t-1"]"#)
            #expect(before["error"]?["data"]?["kind"]?.string == "missingCredentials")
            let introduction = try await rig.call("initialize", #"{"apiKey":" Bearer k-peer\n"}"#)
            #expect(introduction["result"]?["protocolVersion"]?.integer == 1)
            #expect(!introduction.jsonText.contains("k-peer"))
            #expect(try await rig.call("cover/status", #"["t-1"]"#)["result"] != nil)
            let headers = try #require(rig.exchange.requests.first?.headers)
            #expect(headers.contains { $0.value == "Bearer k-peer" })
        }
    }

    @Test(arguments: [
        #""""#, #"" ""#, #""sk secret é""#, #""${KIE_API_KEY}""#, #""<YOUR_API_KEY>""#, "7", #""k\u200b""#,
    ])
    func `what is no key is refused at once`(_ key: String) async throws {
        try await ServiceRig(key: nil).run { rig in
            let error = try await rig.call("initialize", #"{"apiKey":\#(key)}"#)["error"]
            #expect(error?["code"]?.integer == -32602)
            #expect(error?["data"]?["parameter"]?.string == "apiKey")
            #expect(error?["message"]?.string?.contains("sk secret") == false)
            // A refused `initialize` does not count, so the peer may send another one.
            #expect(try await rig.call("initialize", #"{"apiKey":"k-peer"}"#)["result"] != nil)
            #expect(try await rig.call("cover/status", #"["t-1"]"#)["result"] != nil)
        }
    }

    @Test func `the environment's key comes first`() async throws {
        try await ServiceRig().run { rig in
            _ = try await rig.call("initialize", #"{"apiKey":"k-peer"}"#)
            _ = try await rig.call("cover/status", #"["t-1"]"#)
            let headers = try #require(rig.exchange.requests.first?.headers)
            #expect(headers.contains { $0.value == "Bearer k-environment" })
        }
    }

    @Test func `it comes once, and a refused one does not count`() async throws {
        try await ServiceRig().run { rig in
            #expect(try await rig.call("initialize", #"{"processId":"x"}"#)["error"]?["code"]?.integer == -32602)
            #expect(try await rig.call("initialize", #"{"processId":4711}"#)["result"] != nil)
            let second = try await rig.call("initialize", #"{"processId":4712,"apiKey":"k-late"}"#)
            #expect(second["error"]?["code"]?.integer == -32600)
            #expect(second["error"]?["data"]?["kind"]?.string == "invalidRequest")
            #expect(rig.peerProcesses == [4711])
        }
    }

    @Test func `what editors send is accepted`() async throws {
        try await ServiceRig().run { rig in
            let params = #"{"processId":null,"rootUri":null,"capabilities":{},"clientInfo":{"name":"Neovim"}}"#
            let result = try #require(try await rig.call("initialize", params)["result"])
            #expect(result["journal"]?.jsonText == #"{"persistent":false,"epoch":"test","lastSequence":0}"#)
            #expect(result["endpoint"]?.string == "https://api.kie.ai")
            #expect(result["sandbox"]?.bool == false)
            #expect(result["limits"]?["maxBatch"]?.integer == 1000)
            #expect(result["limits"]?["minInterval"]?.number == 1)
            let methods = result["capabilities"]?["methods"]?.elements?.compactMap(\.string) ?? []
            for method in methods where method != "initialize" && method != "shutdown" {
                #expect(try await rig.call(method, "[true]")["error"]?["code"]?.integer != -32601, "\(method)")
            }
        }
    }
}
