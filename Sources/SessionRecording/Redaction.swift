import CoverAPI
import CoverModel
import Jansson

/// Removes confidential data from the messages of a session, so that they can be in a bug report. Members and parameters
/// with keys, signatures or callback URLs are replaced, also in texts that are JSON themselves. The keys of this process,
/// and the keys and callback URLs of earlier messages, are removed in any place. The queries of URLs are removed too,
/// because they may contain a signature.
package struct Redaction: Sendable {
    /// Removes the keys of this process from a text.
    package var withoutKeys: @Sendable (String) -> String
    private let seen = SeenSecrets()

    package init(withoutKeys: @escaping @Sendable (String) -> String = { $0 }) { self.withoutKeys = withoutKeys }

    private static let removed = "[removed]"
    /// The text that replaces a secret that is no key. The bridge refuses this text as a key, too.
    private static let refused = "<removed>"
    /// How deep texts that are JSON may be nested. A deeper text is removed.
    private static let deepest = 8
    /// The ends of the names of secrets, in lower case and without other characters than letters.
    private static let names = ["apikey", "callbackurl", "signature"]

    /// The message as JSON on one line; nil if it is not JSON.
    package func text(of message: some Sequence<UInt8>) -> String? {
        // The message is parsed with its line breaks, because they are no JSON inside of a text.
        guard let whole = String(validating: message, as: UTF8.self), let value = try? JSONValue(parsing: whole) else {
            return nil
        }
        let line = String(decoding: whole.utf8.filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
        remember(secretsIn: value, depth: 0)
        // A message without secrets stays unchanged, because parsing and writing could change the bytes of an id.
        return redacted(value, depth: 0) ?? line
    }

    /// The value as text, without secrets; nil if it has none.
    private func redacted(_ value: JSONValue, depth: Int) -> String? {
        let text = Redacted(value: value, redaction: self, depth: depth).jsonText
        return text == value.jsonText ? nil : text
    }

    private func redacted(_ text: String, depth: Int) -> String {
        let text = withoutKeys(text)
        let letters = text.lowercased().filter(\.isLetter)
        if let inner = Self.json(in: text) {
            return depth < Self.deepest ? redacted(inner, depth: depth + 1) ?? text : Self.removed
        }
        // A broken object may hold a secret anywhere.
        if text.first(where: { !$0.isWhitespace }) == "{", Self.names.contains(where: letters.contains) {
            return Self.removed
        }
        let isAboutCallbacks = letters.contains("callback")
        return URLsInText(text: seen.redacted(text), areConfidential: isAboutCallbacks).redacted
    }

    /// The object, list or text that a text contains as JSON.
    private static func json(in text: String) -> JSONValue? {
        guard let first = text.utf8.first(where: { $0 > 0x20 }), "{[\"".utf8.contains(first) else { return nil }
        return JSONValue(repairing: Array(text.utf8))
    }

    private func remember(secretsIn value: JSONValue, depth: Int) {
        guard depth <= Self.deepest else { return }
        if let inner = value.string.flatMap(Self.json) { remember(secretsIn: inner, depth: depth + 1) }
        for element in value.elements ?? [] { remember(secretsIn: element, depth: depth) }
        for (name, member) in value.members ?? [] {
            if name == "params", value["method"]?.string == "cover/generate" {
                for url in (member.elements ?? []).compactMap(\.string) where CallbackURL.isValid(url) {
                    seen.insert(url: url)
                }
            } else if name == "params", value["method"]?.string == "initialize" {
                for key in (member.elements ?? []).compactMap(\.string) { seen.insert(key: key) }
            } else if Self.isSecret(name, member), let text = member.string {
                if CallbackURL.isValid(text) { seen.insert(url: text) } else { seen.insert(key: text) }
            }
            remember(secretsIn: member, depth: depth)
        }
    }

    private static func isSecret(_ name: String, _ value: JSONValue) -> Bool {
        let letters = name.lowercased().filter(\.isLetter)
        return value.kind != .null && names.contains(where: letters.hasSuffix)
    }

    /// Whether a positional parameter is a secret, or may be one in the wrong place.
    private static func isSecret(_ parameter: JSONValue, at position: Int, of method: String?) -> Bool {
        switch (method, parameter.string) {
        case ("initialize", let text): position == 2 || text != nil
        case ("cover/generate", let text): position == 1 || CallbackURL.isValid(text ?? "")
        case ("cover/callback", let text?):
            position == 2 || json(in: text) == nil && !text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        case ("cover/callback", nil): position == 2
        default: false
        }
    }

    private struct Redacted: JSONEncodable {
        let value: JSONValue
        let redaction: Redaction
        /// How many texts this value is inside of.
        let depth: Int
        /// The method whose positional parameters this is.
        var method: String?
        /// Whether this is a secret, or a part of one. The kind of each value stays, because the bridge refuses a secret
        /// that is no text.
        var isSecret = false

        func encode(to writer: inout JSONWriter) {
            switch value.kind {
            case .object:
                let method = value["method"]?.string
                writer.object { writer in
                    for (name, value) in value.members ?? [] {
                        let inner = inner(
                            value,
                            name == "params" ? method : nil,
                            isSecret: Redaction.isSecret(name, value)
                        )
                        writer.member(redaction.redacted(name, depth: depth), inner)
                    }
                }
            case .array:
                writer.array { writer in
                    for (index, element) in (value.elements ?? []).enumerated() {
                        let isSecret = Redaction.isSecret(element, at: index, of: method)
                        writer.element(inner(element, isSecret: isSecret))
                    }
                }
            // If the bridge accepts the secret, it also accepts the mask; otherwise it refuses both. So a replay gets the
            // same answer.
            case .string where isSecret:
                let isURL = CallbackURL.isValid(value.string ?? "")
                let isKey = APIKey(value.string ?? "") != nil
                writer.value(isURL ? SeenSecrets.urlMask : isKey ? Redaction.removed : Redaction.refused)
            case .string: writer.value(redaction.redacted(value.string ?? "", depth: depth))
            case .integer where isSecret, .real where isSecret: writer.value(0)
            default: writer.value(value)
            }
        }

        private func inner(_ value: JSONValue, _ method: String? = nil, isSecret: Bool) -> Redacted {
            Redacted(
                value: value,
                redaction: redaction,
                depth: depth,
                method: method,
                isSecret: isSecret || self.isSecret
            )
        }
    }
}
