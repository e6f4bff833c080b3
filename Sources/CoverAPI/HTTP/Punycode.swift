// Unicode normalization is not yet public in the standard library. Foundation uses the same interface.
@_spi(_Unicode) import Swift

/// Host names that are not ASCII, in the form that is looked up (RFC 3492, RFC 5890).
enum Punycode {
    /// The ASCII form of a host whose labels may be in any script.
    ///
    /// - Returns: nil if a label contains a character that no host has, or is too long.
    static func host(_ name: Substring) -> String? {
        // Every start reads an ASCII name. Splitting and joining it would load the runtime's whole table of
        // conformances.
        if name.utf8.allSatisfy({ $0 < 0x80 }) {
            let host = name.lowercased()
            return hasShortLabels(host) ? host : nil
        }
        // Chinese and Japanese have dots of their own.
        let dots: Set<Character> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
        var labels: [String] = []
        for label in mapped(name).split(omittingEmptySubsequences: false, whereSeparator: dots.contains) {
            if label.utf8.allSatisfy({ $0 < 0x80 }) {
                labels.append(String(label))
            } else {
                guard label.unicodeScalars.allSatisfy(isOfHost), let encoded = encode(label) else { return nil }
                labels.append("xn--" + encoded)
            }
        }
        let host = labels.joined(separator: ".")
        return hasShortLabels(host) ? host : nil
    }

    private static func hasShortLabels(_ host: String) -> Bool {
        var length = 0
        for byte in host.utf8 {
            length = byte == UInt8(ascii: ".") ? 0 : length + 1
            if length > 63 { return false }
        }
        return true
    }

    /// The name in lower case and in composed form, so that all spellings of a name become the same text. Full-width
    /// letters become ASCII letters.
    private static func mapped(_ name: Substring) -> String {
        var narrow = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let isWide =
                0xFF10...0xFF19 ~= scalar.value || 0xFF21...0xFF3A ~= scalar.value || 0xFF41...0xFF5A ~= scalar.value
            narrow.append(isWide ? Unicode.Scalar(UInt8(scalar.value - 0xFEE0)) : scalar)
        }
        var composed = String.UnicodeScalarView()
        composed.append(contentsOf: String(narrow).lowercased()._nfc)
        return String(composed)
    }

    /// Whether a character may be in a host: letters, marks and digits, and nothing invisible or similar to the end of
    /// a host.
    private static func isOfHost(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
        default: scalar == "-" || scalar == "\u{B7}" || scalar == "\u{30FB}"
        }
    }

    /// Encodes a label as RFC 3492 §6.3 says.
    private static func encode(_ label: Substring) -> String? {
        let scalars = label.unicodeScalars.map(\.value)
        var output = scalars.filter { $0 < 0x80 }.compactMap(Unicode.Scalar.init).map(Character.init)
        let basic = output.count
        if basic > 0 { output.append("-") }
        var (next, delta, bias, handled) = (UInt32(0x80), UInt32(0), UInt32(72), basic)
        while handled < scalars.count {
            guard let smallest = scalars.filter({ $0 >= next }).min() else { return nil }
            let (product, isTooLarge) = (smallest - next).multipliedReportingOverflow(by: UInt32(handled + 1))
            guard !isTooLarge else { return nil }
            delta += product
            next = smallest
            for scalar in scalars {
                if scalar < next { delta += 1 }
                guard scalar == next else { continue }
                output += digits(of: delta, bias)
                bias = adapted(delta, count: UInt32(handled + 1), isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return String(output)
    }

    /// A number of variable length. A small digit ends it.
    private static func digits(of delta: UInt32, _ bias: UInt32) -> [Character] {
        var result: [Character] = []
        var (rest, place) = (delta, UInt32(36))
        while true {
            let threshold = place <= bias ? 1 : min(place - bias, 26)
            if rest < threshold { return result + [digit(rest)] }
            result.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            place += 36
        }
    }

    private static func digit(_ value: UInt32) -> Character {
        Character(Unicode.Scalar(UInt8(value < 26 ? 0x61 + value : 0x30 + value - 26)))
    }

    private static func adapted(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var bias: UInt32 = 0
        while delta > 455 {
            delta /= 35
            bias += 36
        }
        return bias + 36 * delta / (delta + 38)
    }
}
