/// Bytes in, frames out, however the bytes are split. Pure: it reads nothing and writes nothing.
///
/// Where the framing is not fixed, the first byte that is not blank decides: `{` or `[` means newline-delimited, a letter means
/// header framing. A byte order mark at the very start and blanks before the first message are dropped. One case needs the whole first line: a letter that begins no header (`hello`) is a bad line, not a bad header.
package struct Framer {
    private enum Reader {
        /// Of the first line what has come, from the first byte on that is not blank.
        case undecided(start: [UInt8])
        case lines(LineFramer)
        case headers(HeaderFramer)
    }

    private var reader: Reader
    private let maximumBytes: Int
    /// Whether a byte order mark may still come.
    private var isAtStart = true

    /// - Parameters:
    ///   - framing: nil to find out.
    ///   - maximumBytes: the largest message that is buffered and delivered.
    package init(framing: Framing?, maximumBytes: Int) {
        // Little enough that no sum or product with it overflows.
        let maximumBytes = min(maximumBytes, Int.max >> 4)
        self.maximumBytes = maximumBytes
        switch framing {
        case .none: reader = .undecided(start: [])
        case .newlineDelimited: reader = .lines(LineFramer(maximumBytes: maximumBytes))
        case .contentLength: reader = .headers(HeaderFramer(maximumBytes: maximumBytes))
        }
    }

    /// The framing in use; nil until the first bytes have decided.
    package var framing: Framing? {
        switch reader {
        case .undecided: nil
        case .lines: .newlineDelimited
        case .headers: .contentLength
        }
    }

    /// Takes the next bytes of the stream and delivers each frame that they complete, with the framing it came in.
    package mutating func feed(_ chunk: UnsafeRawBufferPointer, _ deliver: (Frame, Framing) -> Void) {
        switch reader {
        case .lines(var lines):
            reader = .undecided(start: [])  // so that what `lines` holds is not copied on write
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

    /// The stream has ended: an unterminated last line counts, a truncated message does not.
    package mutating func finish(_ deliver: (Frame, Framing) -> Void) {
        if case .undecided(let start) = reader {
            decide(start, atEnd: true, deliver)
        }
        if case .lines(var lines) = reader {
            lines.finish { deliver($0, .newlineDelimited) }
            reader = .lines(lines)
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

    /// What a stream that begins like this is; nil where more of it must be seen.
    private static func framing(of text: ArraySlice<UInt8>, atEnd: Bool) -> Framing? {
        guard let first = text.first else { return nil }
        guard first.isLetter else { return .newlineDelimited }
        // Enough of the first line to tell a header's name from other text.
        let name = text.prefix { $0.isHeaderName }
        guard name.count < HeaderBlock.maximumBytes else { return .newlineDelimited }
        if name.count == text.count { return atEnd ? .newlineDelimited : nil }
        return text.dropFirst(name.count).first == UInt8(ascii: ":") ? .contentLength : .newlineDelimited
    }
}
