/// Removes a secret from data of the network, in any form.
///
/// The redactor finds the secret in upper and lower case: plain, in base64, in hexadecimal, percent-encoded, and with
/// escapes of JSON and HTML, which may be nested. It also finds a secret that is split by line breaks, control
/// characters or invisible characters. It does not find a secret that is split by visible characters, or that is
/// compressed, encrypted or reversed.
///
/// The redactor works on bytes before they are parsed, so no text can bypass it. It ignores secrets of fewer than eight
/// characters, because these are not real keys and would be found inside words.
struct KeyRedactor: Sendable, Hashable {
    private static let shortest = 8
    /// How many layers of escapes are resolved.
    private static let deepest = 8

    /// The forms of the secret.
    private let forms: SecretForms
    /// The text that replaces the secret.
    private let mask: [UInt8]

    init(secret: String, mask: String = "[key]") {
        self.mask = Array(mask.utf8)
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.shortest else {
            forms = SecretForms([])
            return
        }
        var forms: [[UInt8]] = [bytes.map(\.lowercased), Self.hexadecimal(bytes)]
        for form in (0..<3).flatMap({ shift in
            ["+/", "-_"].map { Self.base64(bytes, shift: shift, last: Array($0.utf8)).map(\.lowercased) }
        }) where !forms.contains(form) { forms.append(form) }
        self.forms = SecretForms(forms)
    }

    /// The same text, with the mask in place of the secret.
    func redacted(_ text: String) -> String { String(decoding: redacted(Array(text.utf8)), as: UTF8.self) }

    /// The same bytes, with the mask in place of the secret.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var places = forms.places(in: bytes)
        var text = UnescapedText(bytes)
        var forms = forms
        var depth = 0
        // Most texts have no escape, or one layer. The loop ends with the last layer, because it runs for each answer.
        while depth < Self.deepest, text.undoEscapes() {
            depth += 1
            // The secret itself may contain something that looks like an escape.
            forms = forms.unescaped(atLeast: Self.shortest)
            places += forms.places(in: text.bytes).map(text.origin)
        }
        guard !places.isEmpty else { return bytes }
        var redacted: [UInt8] = []
        var end = 0
        for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) where place.upperBound > end {
            if place.lowerBound >= end { redacted += bytes[end..<place.lowerBound] + mask }
            end = place.upperBound
        }
        return redacted + bytes[end...]
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
