import CoverAPI
import CoverModel
package import CoverWatch
import JSONRPC
package import Jansson

enum Initialize: BridgeMethod {
    static let name = "initialize"
    static let summary = "Introduces the peer. Not needed; at most once."
    static var parameters: [Parameter] {
        [
            Parameter(
                "clientInfo",
                "Who is asking.",
                .object([("name", .string)], optional: [("version", .string)])
            ),
            Parameter(
                "processId",
                "The process whose death ends the bridge, where the bridge can see it.",
                .integer(from: 1).orNull
            ),
            Parameter(
                "apiKey",
                "The key, where no file and no variable has one. Never echoed, logged or stored.",
                .string
            ),
        ]
    }
    static var result: (name: String, schema: Schema) {
        (
            "bridge",
            .object([
                ("serverInfo", .shape("ServerInfo")), ("protocolVersion", .integer), ("capabilities", .anyObject),
                ("limits", .anyObject), ("journal", .shape("Journal")), ("endpoint", .string), ("sandbox", .boolean),
            ])
        )
    }

    static func answer(_ arguments: Arguments, _ service: CoverService, _: Session) throws(RPCError) -> Outcome {
        if let info = try arguments.value("clientInfo"), info["name"]?.string == nil {
            throw .invalidParams("the parameter \"clientInfo\" must be an object with a name", parameter: "clientInfo")
        }
        let processId = try arguments.integer("processId", in: 1...Int64.max)
        let apiKey = try arguments.apiKey()
        try service.initialize(apiKey: apiKey, processId: processId.flatMap(Int32.init(exactly:)))
        return .result(Reply(Introduction(service: service)))
    }
}

extension Arguments {
    /// A key that could be sent. One that could not is refused now, lest every later call fail for want of a key.
    fileprivate func apiKey() throws(RPCError) -> APIKey? {
        guard let text = try string("apiKey") else { return nil }
        do throws(KeyFault) { return try APIKey(checking: text) } catch {
            throw .invalidParams("the parameter \"apiKey\" is no key: it \(error.phrase)", parameter: "apiKey")
        }
    }
}

/// The result of `initialize`.
private struct Introduction: JSONEncodable {
    let service: CoverService

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
                    let told = MethodTable.notifications.filter { $0.direction == .fromBridge }
                    $0.member("notifications", told.map { $0.name })
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
