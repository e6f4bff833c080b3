extension JSONSyntaxError {
    /// What the text has that JSON forbids, if it is JSON otherwise; nil if it is not. Such texts come from writers of
    /// JSON that do not check their values: JavaScript and Python write halves of surrogate pairs, and Python writes NaN.
    ///
    /// - Parameter bytes: the text that has this error.
    package func deviation(in bytes: [UInt8]) -> String? {
        if JSONValue(repairing: bytes) != nil {
            return reason == .invalidSyntax ? "half of a surrogate pair in a text at byte \(offset)" : description
        }
        guard JSONValue(repairing: Self.replacingNonNumbers(in: bytes)) != nil else { return nil }
        return "NaN or Infinity, which JSON does not have, at byte \(offset)"
    }

    /// The text with 0 in place of `NaN` and `Infinity`. Strings stay unchanged.
    private static func replacingNonNumbers(in bytes: [UInt8]) -> [UInt8] {
        let words = ["NaN", "Infinity"].map { Array($0.utf8) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        var isInString = false
        while index < bytes.count {
            let byte = bytes[index]
            if !isInString, let word = words.first(where: { bytes[index...].starts(with: $0) }) {
                output.append(UInt8(ascii: "0"))
                index += word.count
                continue
            }
            if byte == UInt8(ascii: "\"") { isInString.toggle() }
            let count = isInString && byte == UInt8(ascii: "\\") ? 2 : 1
            output += bytes[index..<min(index + count, bytes.count)]
            index += count
        }
        return output
    }
}
