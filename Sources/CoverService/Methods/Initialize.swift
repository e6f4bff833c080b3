import CoverAPI
import CoverModel
package import CoverWatch
import JSONRPC
package import Jansson

enum Initialize: BridgeMethod {
    static let name = "initialize"
    static let summary = "Introduces the client. Optional, and allowed once."
    private static let clientInfo = ParameterKey(
        "clientInfo",
        "The name and version of the client.",
        optional: .value(.object([("name", .string)], optional: [("version", .string)]))
            .checked("must be an object with a name") { $0["name"]?.string != nil }
    )
    private static let processId = ParameterKey(
        "processId",
        "The process whose death ends the bridge, if the bridge can see it.",
        optional: .integer(from: 1).described(by: Schema.integer(from: 1).orNull)
    )
    private static let apiKey = ParameterKey(
        "apiKey",
        "The key, used if no file and no variable has one. Never echoed, logged or stored.",
        optional: .apiKey
    )
    static let parameters = [clientInfo.parameter, processId.parameter, apiKey.parameter]
    static var result: (name: String, schema: Schema) {
        (
            "bridge",
            .object([
                ("serverInfo", .shape("ServerInfo")), ("protocolVersion", .integer), ("capabilities", .anyObject),
                ("limits", .anyObject), ("journal", .shape("Journal")), ("endpoint", .string), ("sandbox", .boolean),
            ])
        )
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Answer<
        InitializeResult
    > {
        _ = try arguments[clientInfo]
        let processId = try arguments[processId]
        let apiKey = try arguments[apiKey]
        try service.initialize(apiKey: apiKey, processId: processId.flatMap(Int32.init(exactly:)))
        return .now(InitializeResult(service: service))
    }
}

extension ParameterType<APIKey> {
    /// A key that can be sent to the API. An invalid key is refused now, because otherwise every later call would fail.
    fileprivate static let apiKey = ParameterType<String>.string
        .then { (text: String, name: String) throws(RPCError) -> APIKey in
            do throws(KeyFault) { return try APIKey(checking: text) } catch {
                throw .invalidParams("the parameter \"\(name)\" is no key: it \(error.phrase)", parameter: name)
            }
        }
}

/// The result of `initialize`.
struct InitializeResult: JSONEncodable {
    fileprivate let service: CoverService

    func encode(to writer: inout JSONWriter) {
        let configuration = service.configuration
        writer.object {
            $0.member("serverInfo") {
                $0.object {
                    $0.member("name", "cover-bridge")
                    $0.member("version", coverBridgeVersion)
                }
            }
            $0.member("protocolVersion", 1)
            $0.member("capabilities") {
                $0.object {
                    $0.member("batch", true)
                    $0.member("cancellation", true)
                    $0.member("progress", true)
                    $0.member("methods", MethodTable.methods.map { $0.name })
                    let sent = MethodTable.notifications.filter { $0.direction == .fromBridge }
                    $0.member("notifications", sent.map { $0.name })
                }
            }
            $0.member("limits") {
                $0.object {
                    $0.member("maxMessageBytes", configuration.session.maximumMessageBytes)
                    $0.member("maxQueuedBytes", configuration.session.maximumQueuedBytes)
                    $0.member("maxInFlight", configuration.session.maximumInFlight)
                    $0.member("maxBatch", Session.maximumBatch)
                    $0.member("maxDepth", Session.maximumDepth)
                    $0.member("minInterval", configuration.intervals.lowerBound)
                    $0.member("rate", service.client.statistics.rate)
                }
            }
            $0.member("journal", service.journal.info)
            $0.member("endpoint", configuration.endpoint)
            $0.member("sandbox", configuration.isSandbox)
        }
    }
}

extension JournalInfo: JSONEncodable {
    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("persistent", persistent)
            $0.member("epoch", epoch)
            $0.member("lastSequence", lastSequence)
        }
    }
}
