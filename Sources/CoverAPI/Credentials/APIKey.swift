import CoverModel
import Crypto

/// A key of the API or of its webhooks. Printing, interpolation, dumps and reflection never show it.
public struct APIKey: Sendable, Hashable {
    private let secret: String

    /// Removes the key from data of the network.
    let redactor: KeyRedactor

    /// Reads a key as people paste it: with white space, quotes or a leading `Bearer` around it.
    ///
    /// Returns nil if nothing is left, if the text cannot be in a header, or if it is a placeholder.
    public init?(_ pasted: String) {
        guard let key = try? APIKey(checking: pasted) else { return nil }
        self = key
    }

    /// - Throws: ``KeyFault``, which says why the text is no key.
    package init(checking pasted: String) throws(KeyFault) {
        let text = try Self.text(in: pasted)
        secret = String(text)
        redactor = KeyRedactor(secret: secret, mask: KeyRedactor.keyMask)
    }

    /// The key without the text that people paste around it.
    ///
    /// - Throws: ``KeyFault``.
    package static func text(in pasted: String) throws(KeyFault) -> Substring {
        var text = Substring(pasted).unquoted
        if text.prefix(6).lowercased() == "bearer" {
            let rest = text.dropFirst(6)
            if rest.isEmpty || rest.first?.isWhitespace == true { text = rest.trimmed }
        }
        if let fault = KeyFault(in: text) { throw fault }
        return text
    }

    /// The value of the `Authorization` header. The key must not be sent in any other place.
    var authorization: String { "Bearer " + secret }

    /// 16 hexadecimal digits of the text's HMAC-SHA256 under this key. They reveal nothing about the key.
    func digest(of text: String) -> String {
        code(of: text).prefix(8).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }

    private func code(of text: String) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Array(text.utf8),
                using: SymmetricKey(data: Array(secret.utf8))
            )
        )
    }

    /// Whether a signature is the base64 of the text's HMAC-SHA256 with this key. The comparison takes constant time.
    func signs(_ text: String, as signature: String) -> Bool {
        let expected = Array(Base64.text(code(of: text)).utf8)
        let given = Array(signature.utf8)
        guard given.count == expected.count else { return false }
        return zip(expected, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The text without this key, in any form.
    package func redacting(_ text: String) -> String { redactor.redacted(text) }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `[key]`.
    public var description: String { "[key]" }
    /// Always `[key]`.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Substring {
    /// The text without one pair of quotes around it, trimmed outside and inside of them. People paste texts with
    /// quotes, and Docker passes on those of a file of variables.
    var unquoted: Substring {
        let text = trimmed
        guard let first = text.first, first == "\"" || first == "'", text.count > 1, text.last == first else {
            return text
        }
        return text.dropFirst().dropLast().trimmed
    }

    /// The text without white space, control characters and byte order marks at both ends.
    var trimmed: Substring {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control || scalar == "\u{FEFF}"
        }
        // Most texts are ASCII words, which need no Unicode properties.
        if let first = utf8.first, let last = utf8.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last { return self }
        var scalars = unicodeScalars
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return Substring(scalars)
    }
}

extension StringProtocol {
    /// A text from outside, made fit for a message. The result is one line without control characters. It has at most
    /// `limit` characters and at most four times as many bytes. The bytes are limited because a character may have any
    /// number of combining marks.
    package func presentable(upTo limit: Int) -> String {
        let scalars = unicodeScalars.prefix(limit * 8).replacingTreacherous(with: " ")
        let words = String(scalars).split(whereSeparator: \.isWhitespace)
        let text = words.joined(separator: " ")
        let size = text.utf8.count
        if size <= limit || size <= limit * 4 && text.count <= limit { return text }
        var bytes = 0
        let kept = text.prefix(limit - 1).prefix { character in
            bytes += character.utf8.count
            return bytes < limit * 4
        }
        return kept + "…"
    }
}
