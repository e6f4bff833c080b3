/// Removes a key from data of the network, in any form: plain, in base64, percent-encoded, or with escapes of JSON and
/// HTML, nested ones too.
///
/// It works on bytes before they are parsed, so no text can bypass it. Secrets shorter than eight characters are
/// ignored: they are no real keys, and would be found inside words.
struct KeyRedactor: Sendable, Hashable {
    private static let shortest = 8
    private static let mask = Array("[key]".utf8)
    /// How many layers of escapes are resolved.
    private static let deepest = 8

    private let forms: [[UInt8]]

    init(secret: String) {
        let bytes = Array(secret.utf8)
        guard bytes.count >= Self.shortest else {
            forms = []
            return
        }
        var forms: [[UInt8]] = [bytes]
        for form in (0..<3).flatMap({ shift in
            ["+/", "-_"].map { Self.base64(bytes, shift: shift, last: Array($0.utf8)) }
        }) where !forms.contains(form) { forms.append(form) }
        self.forms = forms
    }

    /// The same bytes, with `[key]` in place of the key.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var places = Self.places(of: forms, in: bytes)
        var text = UnescapedText(bytes)
        var forms = forms
        for _ in 0..<Self.deepest where text.undoEscapes() {
            // The key itself may contain something that looks like an escape.
            forms = forms.map(UnescapedText.undoing).filter { $0.count >= Self.shortest }
            places += Self.places(of: forms, in: text.bytes).map(text.origin)
        }
        guard !places.isEmpty else { return bytes }
        var redacted: [UInt8] = []
        var end = 0
        for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) where place.upperBound > end {
            if place.lowerBound >= end { redacted += bytes[end..<place.lowerBound] + Self.mask }
            end = place.upperBound
        }
        return redacted + bytes[end...]
    }

    private static func places(of forms: [[UInt8]], in bytes: [UInt8]) -> [Range<Int>] {
        var isFirst = [Bool](repeating: false, count: 256)
        for form in forms { if let byte = form.first { isFirst[Int(byte)] = true } }
        var places: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            if isFirst[Int(bytes[index])], let form = forms.first(where: { bytes[index...].starts(with: $0) }) {
                places.append(index..<index + form.count)
                index += form.count
            } else {
                index += 1
            }
        }
        return places
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
