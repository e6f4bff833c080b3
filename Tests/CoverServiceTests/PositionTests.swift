import APITestSupport
import CoverAPI
import CoverModel
import CoverService
import Jansson
import TestSupport
import Testing

/// A call gives its parameters by name, or by position in the order of the OpenRPC document. Both calls have the same
/// effect.
@Suite(.timeLimit(.minutes(5)))
struct PositionTests {
    /// For each parameter, a value that differs from its default.
    private static let values: [String: [String: String]] = [
        "initialize": [
            "clientInfo": #"{"name":"test"}"#, "processId": "77", "apiKey": #""k-peer""#,
        ],
        "cover/status": ["taskId": #""t-1""#, "maxAge": "60", "includeRecord": "true"],
        "cover/wait": ["taskId": #""t-1""#, "timeout": "5"],
        "cover/watch": ["taskIds": #"["t-1","t-2"]"#, "interval": "7", "timeout": "600"],
        "cover/unwatch": ["taskIds": #"["t-1","t-2"]"#],
        "cover/watches": ["limit": "1", "after": #""t-0""#],
        "cover/changes": ["after": "5", "limit": "2"],
        "cover/download": [
            "taskId": #""t-1""#, "directory": #""/nonexistent/e2e""#, "overwrite": "true", "progressToken": "9",
        ],
        "cover/callback": [
            "body": #"{"taskId":"t-1"}"#, "timestamp": #""1736937181""#, "signature": #""c2lnbmF0dXJl""#,
        ],
        "cover/generate": ["taskId": #""m-1""#, "callbackUrl": #""https://example.com/callback""#],
    ]

    private struct Declared {
        let method: String
        let parameters: [String]
    }

    private static func declared() throws -> [Declared] {
        let document = try JSONValue(parsing: OpenRPCDocument().jsonText)
        return try #require(document["methods"]?.elements).filter { $0["result"] != nil }.map { method in
            Declared(
                method: try #require(method["name"]?.string),
                parameters: try #require(method["params"]?.elements).compactMap { $0["name"]?.string }
            )
        }
    }

    @Test func `every parameter has a value here`() throws {
        for declared in try Self.declared() where !declared.parameters.isEmpty {
            #expect(Set(declared.parameters) == Set(Self.values[declared.method, default: [:]].keys))
        }
    }

    @Test func `both ways come to the same`() async throws {
        for declared in try Self.declared() where !declared.parameters.isEmpty {
            let values = try declared.parameters.map { try #require(Self.values[declared.method]?[$0]) }
            let byName = zip(declared.parameters, values).map { #""\#($0)":\#($1)"# }.joined(separator: ",")
            let first = try await Self.outcome(declared.method, "{\(byName)}")
            let second = try await Self.outcome(declared.method, "[\(values.joined(separator: ","))]")
            #expect(first == second, "\(declared.method)")
            #expect(!first.contains("invalidParams"), "\(declared.method): \(first)")
        }
    }

    /// All visible results of a call: its answer, the queries to the API, and the watches.
    private static func outcome(_ method: String, _ params: String) async throws -> String {
        let source = ScriptedStatusSource(states: [.succeeded])
        let answers: [ScriptedExchange.Reply] =
            method == "cover/generate" ? [.json(ServiceRig.envelope(#"{"taskId":"t-1"}"#))] : []
        let rig =
            try answers.isEmpty ? ServiceRig(key: nil, source: source) : ServiceRig(source: source, answers: answers)
        var seen = ""
        try await rig.run { rig in
            seen = try await rig.call(method, params).jsonText
            for request in rig.exchange.requests {
                seen += "\n\(request.method) \(request.url) " + String(decoding: request.body ?? [], as: UTF8.self)
            }
            seen += "\n\(rig.peerProcesses)"
        }
        return seen
    }
}
