extension JSONValue {
    /// Reads JSON as leniently as browsers: it skips one byte order mark, and replaces invalid text by U+FFFD. Returns
    /// nil if the result is still no JSON.
    ///
    /// jansson rejects such texts as a whole. jansson is tried first, so that a valid text costs nothing more.
    package init?(repairing bytes: [UInt8]) {
        if let value = try? JSONValue(parsing: bytes) {
            self = value
            return
        }
        let text = RepairedJSON(bytes)
        do throws(JSONSyntaxError) { self = try JSONValue(parsing: text.bytes) } catch {
            guard error.reason == .nulInName else { return nil }
            guard let value = try? JSONValue(parsing: text.withoutNul) else { return nil }
            self = value
        }
    }
}

extension JSONValue {
    /// Whether the depth of a text is the only reason why it cannot be parsed.
    package static func isTooDeep(_ bytes: [UInt8]) -> Bool {
        do throws(JSONSyntaxError) { _ = try JSONValue(parsing: RepairedJSON(bytes).bytes) } catch {
            return error.reason == .tooDeep
        }
        return false
    }
}

/// A text that should be JSON, with U+FFFD for bytes that are not UTF-8 and for escaped halves of surrogate pairs.
package struct RepairedJSON {
    package private(set) var bytes: [UInt8] = []
    private static let replacement = Array(#"\ufffd"#.utf8)

    package init(_ damaged: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = damaged.starts(with: mark) ? damaged[mark.count...] : damaged[...]
        replaceEscapes(in: Array(String(decoding: text, as: UTF8.self).utf8)) { code, next in
            switch code {
            case 0xD800..<0xDC00: 0xDC00..<0xE000 ~= next ?? 0 ? 2 : 0
            case 0xDC00..<0xE000: 0
            default: 1
            }
        }
    }

    /// The same text without escaped NULs. jansson accepts an escaped NUL in a value, but not in a name.
    var withoutNul: [UInt8] {
        var copy = self
        copy.replaceEscapes(in: bytes) { code, _ in code == 0 ? 0 : 1 }
        return copy.bytes
    }

    /// - Parameter kept: how many escapes stay unchanged, given an escape and the next one; 0 replaces this one.
    private mutating func replaceEscapes(in text: [UInt8], kept: (UInt16, UInt16?) -> Int) {
        bytes = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "\\") else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard let code = Self.escape(at: index, in: text) else {
                // This is an escape of another kind. The next byte belongs to it.
                bytes += text[index..<min(index + 2, text.count)]
                index += 2
                continue
            }
            let count = kept(code, Self.escape(at: index + 6, in: text))
            bytes += count == 0 ? Self.replacement[...] : text[index..<index + 6 * count]
            index += 6 * max(count, 1)
        }
    }

    /// The number in an escape of the form `\uXXXX`.
    private static func escape(at index: Int, in text: [UInt8]) -> UInt16? {
        guard index + 6 <= text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = text[index + 2..<index + 6]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
