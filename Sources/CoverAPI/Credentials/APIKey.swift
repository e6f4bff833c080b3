import CoverModel
import Crypto

/// A key to the API or of its webhooks, which never shows itself: not when printed, interpolated, dumped or reflected.
public struct APIKey: Sendable, Hashable {
    private let secret: String

    /// Takes it out of what the network sends, where it stands whole.
    let redactor: KeyRedactor

    /// Takes a key as people paste it: with white space, quotes or a leading `Bearer` around it.
    ///
    /// Nil where nothing is left, or something that no header could carry, or that is no key but stands for one.
    public init?(_ pasted: String) {
        guard let key = try? APIKey(checking: pasted) else { return nil }
        self = key
    }

    /// - Throws: why this is no key.
    package init(checking pasted: String) throws(KeyFault) {
        let text = try Self.text(in: pasted)
        secret = String(text)
        redactor = KeyRedactor(secret: secret)
    }

    /// A key without what people paste around it.
    package static func text(in pasted: String) throws(KeyFault) -> Substring {
        var text = Substring(pasted).trimmed
        if let first = text.first, first == "\"" || first == "'", text.count > 1, text.last == first {
            text = text.dropFirst().dropLast().trimmed
        }
        if text.prefix(6).lowercased() == "bearer" {
            let rest = text.dropFirst(6)
            if rest.isEmpty || rest.first?.isWhitespace == true { text = rest.trimmed }
        }
        if let fault = KeyFault(in: text) { throw fault }
        return text
    }

    /// The value of the `Authorization` header: the one place where the key may go.
    var authorization: String { "Bearer " + secret }

    /// Whether a signature is the base64 of the text's HMAC-SHA256 under this key. Compares in constant time.
    func signs(_ text: String, as signature: String) -> Bool {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(text.utf8),
            using: SymmetricKey(data: Array(secret.utf8))
        )
        let expected = Array(Base64.text(Array(code)).utf8)
        let given = Array(signature.utf8)
        guard given.count == expected.count else { return false }
        return zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The text without the key, should the API have repeated it.
    func redacting(_ text: String) -> String { text.replacing(secret, with: "[key]") }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[key]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Substring {
    /// Without white space, control characters and byte order marks at both ends.
    var trimmed: Substring {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control || scalar == "\u{FEFF}"
        }
        // Most texts are words of ASCII, and need no look at what Unicode says of their characters.
        if let first = utf8.first, let last = utf8.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last { return self }
        var scalars = unicodeScalars
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return Substring(scalars)
    }
}

extension StringProtocol {
    /// Words that came from outside, fit for a message: one line, no control characters, no more than so many characters.
    func presentable(upTo limit: Int) -> String {
        let scalars = unicodeScalars.lazy.prefix(limit * 8).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format, .surrogate: " "
            default: scalar
            }
        }
        let words = String(String.UnicodeScalarView(scalars)).split(whereSeparator: \.isWhitespace)
        let text = words.joined(separator: " ")
        return text.count > limit ? text.prefix(limit - 1) + "…" : text
    }
}
