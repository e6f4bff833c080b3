/// Bytes in, frames out, however the bytes are split. Pure: it reads nothing and writes nothing.
///
/// Where the framing is not fixed, the first byte that is not blank decides: `{` or `[` means newline-delimited, a letter means
/// header framing. One case needs the whole first line: a letter that begins no header (`hello`) is a bad line, not a bad header.
package struct Framer {
    private enum Reader {
        case undecided(firstLine: [UInt8])
        case lines(LineFramer)
        case headers(HeaderFramer)
    }

    private var reader: Reader
    private let maximumBytes: Int

    /// - Parameters:
    ///   - framing: nil to find out.
    ///   - maximumBytes: the largest message that is buffered and delivered.
    package init(framing: Framing?, maximumBytes: Int) {
        self.maximumBytes = maximumBytes
        switch framing {
        case .none: reader = .undecided(firstLine: [])
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
            reader = .undecided(firstLine: [])  // so that what `lines` holds is not copied on write
            unsafe lines.feed(chunk) { deliver($0, .newlineDelimited) }
            reader = .lines(lines)
        case .headers(var headers):
            reader = .undecided(firstLine: [])
            unsafe headers.feed(chunk) { deliver($0, .contentLength) }
            reader = .headers(headers)
        case .undecided(var start):
            unsafe start.append(contentsOf: chunk)
            decide(start, atEnd: false)
            if framing != nil { unsafe start.withUnsafeBytes { unsafe feed($0, deliver) } }
        }
    }

    /// The stream has ended: an unterminated last line counts, a truncated message does not.
    package mutating func finish(_ deliver: (Frame, Framing) -> Void) {
        if case .undecided(let start) = reader {
            decide(start, atEnd: true)
            unsafe start.withUnsafeBytes { unsafe feed($0, deliver) }
        }
        if case .lines(var lines) = reader {
            lines.finish { deliver($0, .newlineDelimited) }
            reader = .lines(lines)
        }
    }

    private mutating func decide(_ start: [UInt8], atEnd: Bool) {
        reader = .undecided(firstLine: start)
        let text = start.droppingByteOrderMark(atEnd: atEnd).drop(while: \.isBlank)
        guard let first = text.first else {
            // Blanks alone: nothing to remember of them.
            if !start.isByteOrderMarkPrefix { reader = .undecided(firstLine: []) }
            return
        }
        guard first.isLetter else {
            reader = .lines(LineFramer(maximumBytes: maximumBytes))
            return
        }
        // Enough of the first line to tell a header's name from other text.
        let name = text.prefix { $0.isHeaderName }
        if name.count == text.count, name.count < HeaderBlock.maximumBytes, !atEnd { return }
        let isHeader =
            name.count < HeaderBlock.maximumBytes && text.dropFirst(name.count).first == UInt8(ascii: ":")
        reader =
            isHeader
            ? .headers(HeaderFramer(maximumBytes: maximumBytes)) : .lines(LineFramer(maximumBytes: maximumBytes))
    }
}

extension [UInt8] {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Whether these bytes could still become a byte order mark.
    fileprivate var isByteOrderMarkPrefix: Bool {
        !isEmpty && count < 3 && Self.byteOrderMark.starts(with: self)
    }

    fileprivate func droppingByteOrderMark(atEnd: Bool) -> ArraySlice<UInt8> {
        if starts(with: Self.byteOrderMark) { return dropFirst(3) }
        return isByteOrderMarkPrefix && !atEnd ? [] : self[...]
    }
}
