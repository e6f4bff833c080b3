/// Rewrites the numbers that jansson would reject as too large, and copies every other byte unchanged.
enum OutsizedNumberRewriter {
    static func rewrite(_ bytes: UnsafeRawBufferPointer, _ replacement: OutsizedNumbers) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 64)
        var index = 0
        while index < bytes.count {
            let byte = unsafe bytes[index]
            if byte == UInt8(ascii: "\"") {
                let end = unsafe endOfString(in: bytes, from: index)
                unsafe output.append(contentsOf: bytes[index..<end])
                index = end
            } else if byte == UInt8(ascii: "-") || isDigit(byte) {
                var end = index + 1
                while end < bytes.count, unsafe isNumberPart(bytes[end]) { end += 1 }
                let token = unsafe bytes[index..<end]
                if unsafe isOutsized(token) && !isName(endingAt: end, in: bytes) {
                    unsafe append(token, to: &output, as: replacement)
                } else {
                    unsafe output.append(contentsOf: token)
                }
                index = end
            } else {
                output.append(byte)
                index += 1
            }
        }
        return output
    }

    private static func append(
        _ token: Slice<UnsafeRawBufferPointer>,
        to output: inout [UInt8],
        as form: OutsizedNumbers
    ) {
        switch form {
        case .quoted:
            output.append(UInt8(ascii: "\""))
            unsafe output.append(contentsOf: token)
            output.append(UInt8(ascii: "\""))
        case .clamped:
            output.append(contentsOf: unsafe token.first == UInt8(ascii: "-") ? "-1e308".utf8 : "1e308".utf8)
        }
    }

    private static func endOfString(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            switch unsafe bytes[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return bytes.count
    }

    /// Whether a colon follows. A number in the place of a name must stay a number, so that the text is rejected.
    private static func isName(endingAt end: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        unsafe bytes[end...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isNumberPart(_ byte: UInt8) -> Bool {
        isDigit(byte)
            || [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(
                byte
            )
    }

    /// Whether the token is a valid JSON number that fits neither `Int64` nor a finite `Double`. jansson rejects
    /// malformed tokens later.
    private static func isOutsized(_ token: Slice<UnsafeRawBufferPointer>) -> Bool {
        let text = unsafe String(decoding: token, as: UTF8.self)
        guard unsafe isWellFormed(token) else { return false }
        if Int64(text) != nil { return false }
        let isInteger = unsafe token.allSatisfy { isDigit($0) || $0 == UInt8(ascii: "-") }
        return isInteger || Double(text).map { !$0.isFinite } ?? true
    }

    private static func isWellFormed(_ token: Slice<UnsafeRawBufferPointer>) -> Bool {
        var rest = unsafe token[...]
        func digits() -> Int {
            let run = unsafe rest.prefix(while: isDigit)
            unsafe rest = rest.dropFirst(run.count)
            return unsafe run.count
        }
        if unsafe rest.first == UInt8(ascii: "-") { unsafe rest = rest.dropFirst() }
        let leadingZero = unsafe rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !(leadingZero && whole > 1) else { return false }
        if unsafe rest.first == UInt8(ascii: ".") {
            unsafe rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if let mark = unsafe rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            unsafe rest = rest.dropFirst()
            if let sign = unsafe rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                unsafe rest = rest.dropFirst()
            }
            guard digits() > 0 else { return false }
        }
        return unsafe rest.isEmpty
    }
}
