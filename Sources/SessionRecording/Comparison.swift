import CoverModel
package import Jansson

/// The comparison of a replay with its recording. Replies with the same id are compared, and notifications about the
/// same task are compared in their order. Values that differ from run to run are ignored: times, ports, epochs,
/// versions, counters, and the numbering across tasks.
package struct Comparison {
    /// One line for each difference.
    package private(set) var differences: [String] = []
    package private(set) var compared = 0

    package init(expected: [JSONValue], actual: [JSONValue]) {
        let (expected, actual) = (Self.streams(expected), Self.streams(actual))
        for name in Set(expected.keys).union(actual.keys).sorted() {
            let (before, now) = (expected[name] ?? [], actual[name] ?? [])
            for index in 0..<max(before.count, now.count) {
                compared += 1
                let old = index < before.count ? before[index] : nil
                let new = index < now.count ? now[index] : nil
                if old == new { continue }
                differences.append("\(name): recorded \(old ?? "nothing"), now \(new ?? "nothing")")
            }
        }
    }

    private static func streams(_ messages: [JSONValue]) -> [String: [String]] {
        var streams: [String: [String]] = [:]
        for message in messages {
            guard let name = name(of: message) else { continue }
            streams[name, default: []].append(Normalized(value: message).jsonText)
        }
        return streams
    }

    /// The group of messages with which a message is compared; nil for a message that is not compared. Such messages
    /// differ in number from run to run.
    private static func name(of message: JSONValue) -> String? {
        if let method = message["method"]?.string {
            if method == "$/progress" || method == "bridge/healthChanged" { return nil }
            return method + (message["params"]?["taskId"]?.string.map { " " + $0 } ?? "")
        }
        if message.kind == .array { return "batch" }
        return "reply to " + (message["id"] ?? message).jsonText
    }
}

/// A value without the parts that differ from run to run.
private struct Normalized: JSONEncodable {
    let value: JSONValue
    var name = ""

    private static let varying: Set<String> = [
        "nextCheckAt", "lastCheckedAt", "checkedAt", "createdAt", "completedAt", "expiresAt", "startedAt", "retryAt",
        "epoch", "endpoint", "version", "sequence", "lastSequence", "checks", "persistent", "uptime",
    ]

    func encode(to writer: inout JSONWriter) {
        if Self.varying.contains(name) { return writer.value("varies") }
        switch value.kind {
        case .object:
            let members = value.members ?? []
            let varies = Self.varying(in: value)
            writer.object { writer in
                for (name, value) in members.sorted(by: { $0.name < $1.name }) {
                    if varies(name) {
                        writer.member(name, "varies")
                    } else {
                        writer.member(name, Normalized(value: value, name: name))
                    }
                }
            }
        case .array:
            writer.array { writer in
                for element in value.elements ?? [] { writer.element(Normalized(value: element, name: "")) }
            }
        case .string:
            let text = value.string ?? ""
            if Timestamp(rfc3339: text) != nil { return writer.value("varies") }
            writer.value(name == "path" ? Self.lastComponent(text) : Self.withoutPorts(text))
        default: writer.value(value)
        }
    }

    /// The names of the ignored members of an object, depending on the kind of object.
    private static func varying(in object: JSONValue) -> (String) -> Bool {
        // The object holds the counters of `bridge/stats`. Only their presence is compared, not their values.
        if object["polls"] != nil || object["requests"] != nil { return { _ in true } }
        // The object is a watch. Its state is ignored, because the progress of a watch depends on the jitter.
        if object["checks"] != nil { return { $0 == "state" } }
        // A recording does not contain text that is not JSON, so the place of the syntax error in the message differs.
        if object["code"]?.integer == -32_700 { return { $0 == "message" } }
        // A recording contains another text in the place of a refused key, so the bridge may refuse it for another reason.
        if object["data"]?["parameter"]?.string == "apiKey" { return { $0 == "message" } }
        return { _ in false }
    }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func withoutPorts(_ text: String) -> String {
        let parts = text.split(separator: "127.0.0.1:", omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(into: String(parts.first ?? "")) { result, part in
            result += "127.0.0.1:0" + part.drop(while: \.isNumber)
        }
    }
}
