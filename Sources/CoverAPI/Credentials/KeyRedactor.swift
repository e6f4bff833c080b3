/// Removes a secret from data of the network, in any form.
///
/// The redactor finds the secret in upper and lower case: plain, in base64, in hexadecimal, percent-encoded, and with
/// escapes of JSON and HTML, which may be nested. It also finds a secret that is split by line breaks and the blanks
/// after them, by control characters, by colours of terminals or by invisible characters. It does not find a secret that
/// is split by visible characters, or that is compressed, encrypted or reversed.
///
/// The redactor works on bytes before they are parsed, so no text can bypass it. A secret of fewer than eight characters
/// is no real key, and is found inside ordinary words. So the redactor removes it only where a key is announced, as in
/// `Bearer abc1` and `the key 'abc1'`.
package struct KeyRedactor: Sendable, Hashable {
    /// The least length of a real key in bytes.
    static let shortest = 8
    /// The words that announce a key, in lower case.
    private static let announcements = ["bearer", "authorization", "key", "token"].map { Array($0.utf8) }
    /// How many layers of escapes are resolved.
    package static let deepest = 8

    /// The forms of the secret.
    private let forms: SecretForms
    /// Whether the secret is so short that it is removed only where it is announced.
    private let isShort: Bool
    /// The text that replaces the secret.
    private let mask: [UInt8]

    /// The text that replaces a key.
    static let keyMask = "[key]"

    /// Whether the text that replaces a key is somewhere in these bytes.
    static func isMask(in bytes: [UInt8]) -> Bool {
        // Each query checks its id so, and nearly no id has a bracket.
        bytes.contains(UInt8(ascii: "[")) && bytes.indices.contains { bytes[$0...].starts(with: keyMask.utf8) }
    }

    /// - Parameter mask: the text that replaces the secret.
    package init(secret: String, mask: String = "[key]") {
        self.mask = Array(mask.utf8)
        let bytes = Array(secret.utf8)
        isShort = bytes.count < Self.shortest
        guard !isShort else {
            forms = SecretForms(bytes.isEmpty ? [] : [bytes.map(\.lowercased)])
            return
        }
        var forms: [[UInt8]] = [bytes.map(\.lowercased), Self.hexadecimal(bytes)]
        for form in (0..<3).flatMap({ shift in
            ["+/", "-_"].map { Self.base64(bytes, shift: shift, last: Array($0.utf8)).map(\.lowercased) }
        }) where !forms.contains(form) { forms.append(form) }
        self.forms = SecretForms(forms)
    }

    /// The same text, with the mask in place of the secret.
    package func redacted(_ text: String) -> String { String(decoding: redacted(Array(text.utf8)), as: UTF8.self) }

    /// The same bytes, with the mask in place of the secret.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var places = places(of: forms, in: bytes)
        var text = UnescapedText(bytes)
        var forms = forms
        var depth = 0
        // Most texts have no escape, or one layer. The loop ends with the last layer, because it runs for each answer.
        while depth < Self.deepest, text.undoEscapes() {
            depth += 1
            // The secret itself may contain something that looks like an escape.
            forms = forms.unescaped(atLeast: isShort ? 1 : Self.shortest)
            places += self.places(of: forms, in: text.bytes).map(text.origin)
        }
        return places.isEmpty ? bytes : bytes.replacing(places.map { ($0, mask) })
    }

    private func places(of forms: SecretForms, in bytes: [UInt8]) -> [Range<Int>] {
        let places = forms.places(in: bytes)
        return isShort ? places.filter { Self.isAnnounced($0, in: bytes) } : places
    }

    /// Whether a whole word stands behind a word that announces a key, with a few signs between the two.
    private static func isAnnounced(_ place: Range<Int>, in bytes: [UInt8]) -> Bool {
        if place.upperBound < bytes.count, bytes[place.upperBound].isOfWord { return false }
        // The redaction of a number would make the JSON around it invalid.
        let isNumber = bytes[place].allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        let before = bytes[..<place.lowerBound]
        if isNumber, before.last(where: { $0 > 0x20 }) == UInt8(ascii: ":") { return false }
        let signs = before.suffix(6).reversed().prefix { " \t:=\"'`\\+".utf8.contains($0) }.count
        let words = before.dropLast(signs)
        return signs > 0
            && announcements.contains { word in
                words.count >= word.count && zip(words.suffix(word.count), word).allSatisfy { $0.lowercased == $1 }
            }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// The part of a base64 text that depends on these bytes alone, if `shift` bytes come before them.
    private static func base64(_ bytes: [UInt8], shift: Int, last: [UInt8]) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + last
        let first = (8 * shift + 5) / 6
        return (first..<8 * (shift + bytes.count) / 6).map { position in
            let value = (0..<6).reduce(0) { value, offset in
                let bit = 6 * position + offset - 8 * shift
                return value << 1 | Int(bytes[bit >> 3] >> UInt8(7 - bit & 7) & 1)
            }
            return letters[value]
        }
    }
}

extension [UInt8] {
    /// The bytes with a mask in place of each range. Ranges that overlap get the mask of the first.
    package func replacing(_ places: [(range: Range<Int>, mask: [UInt8])]) -> [UInt8] {
        var replaced: [UInt8] = []
        var end = 0
        for (place, mask) in places.sorted(by: { $0.range.lowerBound < $1.range.lowerBound })
        where place.upperBound > end {
            if place.lowerBound >= end { replaced += self[end..<place.lowerBound] + mask }
            end = place.upperBound
        }
        return replaced + self[end...]
    }
}

extension UInt8 {
    /// Whether this is an ASCII letter, a digit, `_` or `-`.
    var isOfWord: Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowercased || UInt8(ascii: "0")...UInt8(ascii: "9") ~= self
            || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
    }
}
