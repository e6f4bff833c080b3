/// A part of a text that is searched for ids. It consists of whole lines. In a long line, it consists of whole runs,
/// which are sequences of characters that ids can contain.
struct SearchWindow {
    private(set) var bytes: [UInt8]
    /// Whether the first line begins before the window.
    private(set) var beginsInLine = false
    /// Whether the last line ends after the window.
    private(set) var endsInLine = false
    /// Whether the first run begins before the window and is too long to contain an id.
    private(set) var beginsInLongRun = false
    /// Whether the last run ends after the window and is too long to contain an id.
    private(set) var endsInLongRun = false

    /// A window of whole lines.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Records that the first line begins before the window, and removes bytes that cannot belong to a run across an offset.
    ///
    /// - Returns: the number of removed bytes.
    mutating func cutStart(notAfter offset: Int) -> Int {
        beginsInLine = true
        guard let separator = bytes[..<offset].lastIndex(where: { !$0.isInRun }) else {
            beginsInLongRun = true
            return 0
        }
        bytes.removeFirst(separator + 1)
        return separator + 1
    }

    /// Records that the last line ends after the window, and removes bytes that cannot belong to a run across an
    /// offset.
    mutating func cutEnd(notBefore offset: Int) {
        endsInLine = true
        guard let separator = bytes[offset...].firstIndex(where: { !$0.isInRun }) else {
            endsInLongRun = true
            return
        }
        bytes.removeLast(bytes.count - separator)
    }

    /// The lines without their breaks, in order.
    var lines: [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        for index in bytes.indices where bytes[index] == .lineFeed || bytes[index] == .carriageReturn {
            lines.append(start..<index)
            start = index + 1
        }
        lines.append(start..<bytes.count)
        return lines
    }

    /// The lines that are completely in the window.
    var wholeLines: [Range<Int>] {
        var whole = lines
        if endsInLine { whole.removeLast() }
        if beginsInLine, !whole.isEmpty { whole.removeFirst() }
        return whole
    }

    /// Calls `body` with each run, in order, except those that are too short or too long to contain an id.
    func forEachRun(ofAtLeast shortest: Int, _ body: (Range<Int>) -> Void) {
        // The loop uses a pointer for speed, because a document of megabytes is searched when it is opened.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return }
            let count = buffer.count
            var index = 0
            while index < count {
                guard unsafe bytes[index].isInRun else {
                    index += 1
                    continue
                }
                let start = index
                while index < count, unsafe bytes[index].isInRun { index += 1 }
                let length = index - start
                if length < shortest || length > TaskIDFinder.reach { continue }
                let isCut = (start == 0 && beginsInLongRun) || (index == count && endsInLongRun)
                if !isCut { body(start..<index) }
            }
        }
    }
}

extension UInt8 {
    /// Whether an id or the URI of a task can contain this byte: an unreserved character of RFC 3986, or one of `%`, `:` and `/`.
    var isInRun: Bool {
        // The two constants have one bit for each ASCII character.
        if self < 64 { return (0x07FF_E020_0000_0000 as UInt64) &>> UInt64(self) & 1 == 1 }
        return self < 128 && (0x47FF_FFFE_87FF_FFFE as UInt64) &>> UInt64(self & 63) & 1 == 1
    }

    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var isLetterOrDigit: Bool {
        let lower = self | 0x20
        return isDigit || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
    }

    var isHexDigit: Bool {
        let lower = self | 0x20
        return isDigit || (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "f"))
    }
}
