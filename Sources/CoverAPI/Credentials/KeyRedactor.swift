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

    /// The forms of the secret, in lower case.
    private let forms: [[UInt8]]
    /// The text that replaces the secret.
    private let mask: [UInt8]

    init(secret: String, mask: String = "[key]") {
        self.mask = Array(mask.utf8)
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.shortest else {
            forms = []
            return
        }
        var forms: [[UInt8]] = [bytes.map(\.lowercased), Self.hexadecimal(bytes)]
        for form in (0..<3).flatMap({ shift in
            ["+/", "-_"].map { Self.base64(bytes, shift: shift, last: Array($0.utf8)).map(\.lowercased) }
        }) where !forms.contains(form) { forms.append(form) }
        self.forms = forms
    }

    /// The same text, with the mask in place of the secret.
    func redacted(_ text: String) -> String { String(decoding: redacted(Array(text.utf8)), as: UTF8.self) }

    /// The same bytes, with the mask in place of the secret.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var places = Self.places(of: forms, in: bytes)
        var text = UnescapedText(bytes)
        var forms = forms
        for _ in 0..<Self.deepest where text.undoEscapes() {
            // The secret itself may contain something that looks like an escape.
            forms = forms.map { UnescapedText.undoing($0).map(\.lowercased) }.filter { $0.count >= Self.shortest }
            places += Self.places(of: forms, in: text.bytes).map(text.origin)
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

    private static func places(of forms: [[UInt8]], in bytes: [UInt8]) -> [Range<Int>] {
        var isFirst = [Bool](repeating: false, count: 256)
        for form in forms {
            guard let byte = form.first else { continue }
            isFirst[Int(byte)] = true
            isFirst[Int(byte.uppercased)] = true
        }
        var places: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            if isFirst[Int(bytes[index])], let form = forms.first(where: { stands($0, in: bytes, at: index) }) {
                places.append(index..<index + form.count)
                index += form.count
            } else {
                index += 1
            }
        }
        return places
    }

    private static func stands(_ form: [UInt8], in bytes: [UInt8], at index: Int) -> Bool {
        index + form.count <= bytes.count && zip(form, bytes[index...]).allSatisfy { $0 == $1.lowercased }
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

extension UInt8 {
    /// The lower case of an ASCII letter; any other byte unchanged.
    fileprivate var lowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }

    /// The upper case of an ASCII letter; any other byte unchanged.
    fileprivate var uppercased: UInt8 { UInt8(ascii: "a")...UInt8(ascii: "z") ~= self ? self & ~0x20 : self }
}
