import CoverAPI
import CoverModel
package import Jansson

/// The protocol as an OpenRPC 1.3.2 document (https://spec.open-rpc.org), built from the method table.
///
/// OpenRPC has no notifications from the server. Here, a method without a result is a notification, and its tag names
/// its direction.
package struct OpenRPCDocument: JSONEncodable {
    package init() {}

    package func encode(to writer: inout JSONWriter) {
        writer.object {
            $0.member("openrpc", "1.3.2")
            $0.member("info") {
                $0.object {
                    $0.member("title", "Cover Bridge")
                    $0.member("version", coverBridgeVersion)
                    $0.member(
                        "description",
                        "Watches Suno cover tasks on Kie.ai, over JSON-RPC 2.0 on stdin and stdout."
                    )
                    $0.member("license") { $0.object { $0.member("name", "MIT") } }
                }
            }
            $0.member("methods") { methods(&$0) }
            $0.member("components") { components(&$0) }
        }
    }

    private func methods(_ writer: inout JSONWriter) {
        writer.array {
            for method in MethodTable.methods {
                $0.object {
                    $0.member("name", method.name)
                    $0.member("summary", method.summary)
                    $0.member("paramStructure", "either")
                    $0.member("params", method.parameters)
                    $0.member("result") {
                        $0.object {
                            $0.member("name", method.result.name)
                            $0.member("schema", method.result.schema)
                        }
                    }
                }
            }
            for notification in MethodTable.notifications {
                $0.object {
                    $0.member("name", notification.name)
                    $0.member("summary", notification.summary)
                    $0.member("tags") { $0.array { $0.object { $0.member("name", notification.direction.rawValue) } } }
                    $0.member("paramStructure", "by-name")
                    $0.member("params", notification.parameters)
                }
            }
        }
    }

    private func components(_ writer: inout JSONWriter) {
        writer.object {
            $0.member("schemas") { $0.object { for (name, schema) in Shapes.all { $0.member(name, schema) } } }
            $0.member("errors") { errors(&$0) }
        }
    }

    private func errors(_ writer: inout JSONWriter) {
        writer.object {
            for kind in CoverError.Kind.all {
                $0.member(kind.rawValue) {
                    $0.object {
                        $0.member("code", kind.trait.code)
                        $0.member("message", kind.rawValue)
                        $0.member("data") {
                            $0.object {
                                $0.member("kind", kind.rawValue)
                                $0.member("retryable", kind.trait.retryable)
                            }
                        }
                    }
                }
            }
        }
    }
}
