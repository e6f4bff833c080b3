/// The size of a text in every unit that the protocol counts positions in.
struct TextSize: Equatable, Sendable {
    /// UTF-8 code units.
    var bytes = 0
    /// UTF-16 code units.
    var utf16 = 0
    /// Unicode scalars, which are the code units of UTF-32.
    var scalars = 0
    /// Line breaks: LF, CR LF, or CR alone.
    var breaks = 0

    init() {}

    /// Measures the first bytes of a piece of UTF-8.
    ///
    /// - Parameters:
    ///   - text: the piece. It does not split a CR LF.
    ///   - count: the number of bytes to measure. A CR at the end of these bytes counts as a break only if no LF
    ///     follows it.
    init(_ text: UnsafeBufferPointer<UInt8>, first count: Int) {
        bytes = count
        guard let start = text.baseAddress else { return }
        var index = 0
        while index < count {
            let byte = unsafe start[index]
            index += 1
            if byte.isContinuation { continue }
            scalars += 1
            if byte >= 0xF0 { utf16 += 1 }
            if byte == .lineFeed {
                breaks += 1
            } else if byte == .carriageReturn {
                let isAlone = unsafe index == text.count || start[index] != .lineFeed
                if isAlone { breaks += 1 }
            }
        }
        utf16 += scalars
    }

    static func + (left: TextSize, right: TextSize) -> TextSize {
        var sum = left
        sum.bytes += right.bytes
        sum.utf16 += right.utf16
        sum.scalars += right.scalars
        sum.breaks += right.breaks
        return sum
    }
}

extension UInt8 {
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }

    /// Whether this byte continues the UTF-8 of a scalar.
    var isContinuation: Bool { self & 0xC0 == 0x80 }
}
