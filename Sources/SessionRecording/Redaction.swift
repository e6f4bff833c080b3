import CoverAPI
import CoverModel
import Jansson

/// Removes confidential data from a message, so that the message can be in a bug report. Members and parameters with
/// keys, signatures or callback URLs are replaced. The keys of this process are removed in any place. The queries of
/// URLs are removed too, because they may contain a signature.
package struct Redaction: Sendable {
    /// Removes the keys of this process from a text.
    package var withoutKeys: @Sendable (String) -> String

    package init(withoutKeys: @escaping @Sendable (String) -> String = { $0 }) { self.withoutKeys = withoutKeys }

    /// The text that replaces a secret. If the bridge accepts the secret, it also accepts this text; otherwise it
    /// refuses both. So a replay gets the same answer.
    private static func mark(for secret: JSONValue) -> String {
        CallbackURL.isValid(secret.string ?? "") ? "https://removed.invalid/" : "[removed]"
    }

    private static let names: Set<String> = ["apikey", "callbackurl", "signature"]
    /// The positions of secrets in requests with positional parameters.
    private static let positions = ["initialize": 2, "cover/generate": 1]

    /// The message as JSON on one line; nil if it is not JSON.
    package func text(of message: some Sequence<UInt8>) -> String? {
        let line = String(decoding: message.filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        guard let value = try? JSONValue(parsing: line) else { return nil }
        // A message without secrets stays unchanged, because parsing and writing could change the bytes of an id.
        return holdsSecret(value) ? Redacted(value: value, redaction: self).jsonText : line
    }

    private func holdsSecret(_ value: JSONValue) -> Bool {
        if let text = value.string { return redacted(text) != text }
        if let elements = value.elements { return elements.contains(where: holdsSecret) }
        guard let members = value.members else { return false }
        return Self.secretPosition(value) != nil
            || members.contains { Self.isSecret($0.name, $0.value) || holdsSecret($0.value) }
    }

    private func redacted(_ text: String) -> String { withoutKeys(text).withoutQueriesOfURLs }

    private static func isSecret(_ name: String, _ value: JSONValue) -> Bool {
        value.kind != .null && names.contains(name.lowercased().filter { $0 != "_" })
    }

    private static func secretPosition(_ value: JSONValue) -> Int? {
        guard let method = value["method"]?.string, let position = positions[method],
            let elements = value["params"]?.elements, elements.count > position
        else { return nil }
        return position
    }

    private struct Redacted: JSONEncodable {
        let value: JSONValue
        let redaction: Redaction
        /// The position of the secret in `params`.
        var position: Int?
        /// Whether this is a secret, or a part of one. The kind of each value stays, because the bridge refuses a secret
        /// that is no text.
        var isSecret = false

        func encode(to writer: inout JSONWriter) {
            switch value.kind {
            case .object:
                let position = Redaction.secretPosition(value)
                writer.object { writer in
                    for (name, value) in value.members ?? [] {
                        let position = name == "params" ? position : nil
                        writer.member(name, inner(value, position, isSecret: Redaction.isSecret(name, value)))
                    }
                }
            case .array:
                writer.array { writer in
                    for (index, element) in (value.elements ?? []).enumerated() {
                        writer.element(inner(element, isSecret: index == position))
                    }
                }
            case .string where isSecret: writer.value(Redaction.mark(for: value))
            case .string: writer.value(redaction.redacted(value.string ?? ""))
            case .integer where isSecret, .real where isSecret: writer.value(0)
            default: writer.value(value)
            }
        }

        private func inner(_ value: JSONValue, _ position: Int? = nil, isSecret: Bool) -> Redacted {
            Redacted(value: value, redaction: redaction, position: position, isSecret: isSecret || self.isSecret)
        }
    }
}

extension String {
    /// The text with the query of each URL replaced by `?[removed]`, and without logins in URLs.
    fileprivate var withoutQueriesOfURLs: String {
        guard contains("://") else { return self }
        var (result, rest) = ("", self[...])
        while let start = rest.firstRange(of: "://") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let address = rest.prefix { !$0.isWhitespace && !"\"'<>".contains($0) }
            // A login is before "@", and a segment of the path may have parameters after ";" (RFC 3986 §3.2.1 and
            // §3.3).
            let path = address.prefix { !"?#;".contains($0) }
            let authority = path.prefix { $0 != "/" }
            if let login = authority.lastIndex(of: "@") {
                result += "[removed]" + path[login...]
            } else {
                result += path
            }
            if path.endIndex != address.endIndex { result += "?[removed]" }
            rest = rest[address.endIndex...]
        }
        return result + rest
    }
}
