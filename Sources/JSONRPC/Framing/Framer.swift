/// Splits a stream of bytes into frames. The bytes may arrive in pieces of any size. The framer does no I/O.
///
/// If the framing is not fixed, the first byte that is not blank decides it. `{` or `[` means newline-delimited
/// framing, and a letter means header framing. If a letter begins no header, as in `hello`, the framer treats the line
/// as a bad line and not as a bad header. For this, the framer needs the whole first line. A byte order mark at the
/// very start and blanks before the first message are dropped.
package struct Framer {
    private enum Reader {
        /// The framing is not known yet. `start` is the first line so far, from its first byte that is not blank.
        case undecided(start: [UInt8])
        case lines(LineFramer)
        case headers(HeaderFramer)
    }

    private var reader: Reader
    private let maximumBytes: Int
    /// Whether a byte order mark may still come.
    private var isAtStart = true

    /// - Parameters:
    ///   - framing: the framing. Nil means that the first bytes decide it.
    ///   - maximumBytes: the largest message that is buffered and delivered.
    package init(framing: Framing?, maximumBytes: Int) {
        // This limit is so small that no sum or product with it overflows.
        let maximumBytes = min(maximumBytes, Int.max >> 4)
        self.maximumBytes = maximumBytes
        switch framing {
        case .none: reader = .undecided(start: [])
        case .newlineDelimited: reader = .lines(LineFramer(maximumBytes: maximumBytes))
        case .contentLength: reader = .headers(HeaderFramer(maximumBytes: maximumBytes))
        }
    }

    /// The framing in use; nil before the first bytes have decided it.
    package var framing: Framing? {
        switch reader {
        case .undecided: nil
        case .lines: .newlineDelimited
        case .headers: .contentLength
        }
    }

    /// Reads the next bytes of the stream, and delivers each frame that they complete together with its framing.
    package mutating func feed(_ chunk: UnsafeRawBufferPointer, _ deliver: (Frame, Framing) -> Void) {
        switch reader {
        case .lines(var lines):
            reader = .undecided(start: [])  // avoids a copy of what `lines` holds
            unsafe lines.feed(chunk) { deliver($0, .newlineDelimited) }
            reader = .lines(lines)
        case .headers(var headers):
            reader = .undecided(start: [])
            unsafe headers.feed(chunk) { deliver($0, .contentLength) }
            reader = .headers(headers)
        case .undecided(var start):
            unsafe start.append(contentsOf: chunk)
            decide(start, atEnd: false, deliver)
        }
    }

    /// Ends the stream. A last line without a line feed counts as a message. A message that is shorter than its header
    /// says is a fault.
    package mutating func finish(_ deliver: (Frame, Framing) -> Void) {
        if case .undecided(let start) = reader {
            decide(start, atEnd: true, deliver)
        }
        if case .lines(var lines) = reader {
            lines.finish { deliver($0, .newlineDelimited) }
            reader = .lines(lines)
        }
        if case .headers(var headers) = reader {
            headers.finish { deliver($0, .contentLength) }
            reader = .headers(headers)
        }
    }

    private mutating func decide(_ start: [UInt8], atEnd: Bool, _ deliver: (Frame, Framing) -> Void) {
        var text = start[...]
        if isAtStart, text.starts(with: LineFramer.byteOrderMark) {
            text = text.dropFirst(LineFramer.byteOrderMark.count)
        } else if isAtStart, !atEnd, LineFramer.byteOrderMark.starts(with: text) {
            reader = .undecided(start: start)
            return
        }
        isAtStart = false
        text = text.drop(while: \.isBlank)
        guard let kind = Self.framing(of: text, atEnd: atEnd) else {
            reader = .undecided(start: Array(text))
            return
        }
        switch kind {
        case .newlineDelimited: reader = .lines(LineFramer(maximumBytes: maximumBytes, isAtStart: false))
        case .contentLength: reader = .headers(HeaderFramer(maximumBytes: maximumBytes, isAtStart: false))
        }
        unsafe text.withUnsafeBytes { unsafe feed($0, deliver) }
    }

    /// The framing of a stream with this start; nil if more bytes are needed.
    private static func framing(of text: ArraySlice<UInt8>, atEnd: Bool) -> Framing? {
        guard let first = text.first else { return nil }
        guard first.isLetter else { return .newlineDelimited }
        // These bytes of the first line are enough to distinguish the name of a header from other text.
        let name = text.prefix { $0.isHeaderName }
        guard name.count < HeaderBlock.maximumBytes else { return .newlineDelimited }
        if name.count == text.count { return atEnd ? .newlineDelimited : nil }
        return text.dropFirst(name.count).first == UInt8(ascii: ":") ? .contentLength : .newlineDelimited
    }
}
