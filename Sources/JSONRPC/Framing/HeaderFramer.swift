import Jansson

/// Header framing: `Content-Length: N`, other headers, a blank line, and N bytes.
///
/// The framer loses its place after a header block without a usable length, and skips a message over the limit. In both
/// cases it searches for the next line that ends in `Content-Length: N`. Such a line cannot be inside a JSON text, so
/// the framer recovers even if a length was wrong.
struct HeaderFramer {
    private enum Phase {
        case headers
        /// The framer reads the body of a message and keeps it.
        case body
        /// The framer skips the body of a message.
        case skipping
    }

    /// How much of a line is kept to recognise a length at its end, in bytes.
    private static let tailBytes = 64

    private let maximumBytes: Int
    private var phase = Phase.headers
    private var block = HeaderBlock()
    /// A part of the current line. In a header block, this is the start of the line. While a message is skipped, this
    /// is the end of the line.
    private var line: [UInt8] = []
    /// Whether the rest of the current header line is ignored.
    private var isOverlong = false
    /// The message so far.
    private var body: [UInt8] = []
    /// How many bytes of the message are still to come; nil if that is unknown.
    private var missing: Int?
    private var isAtStart: Bool

    /// - Parameter isAtStart: whether a byte order mark may come.
    init(maximumBytes: Int, isAtStart: Bool = true) {
        self.maximumBytes = maximumBytes
        self.isAtStart = isAtStart
    }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ deliver: (Frame) -> Void) {
        var rest = unsafe chunk[...]
        while unsafe !rest.isEmpty {
            switch phase {
            case .headers:
                if line.isEmpty, block.byteCount == 0, !isOverlong, unsafe readPlainHeader(&rest) { continue }
                unsafe readHeaderLine(&rest, deliver)
            case .body: unsafe readBody(&rest, deliver)
            case .skipping: unsafe skip(&rest, deliver)
            }
        }
    }

    /// Ends the stream. If it ends inside a message or its headers, and no fault of this message was delivered, the end
    /// is its fault.
    mutating func finish(_ deliver: (Frame) -> Void) {
        let isInside =
            switch phase {
            case .headers: block.fault == nil && (block.byteCount > 0 || !line.allSatisfy(\.isBlank))
            case .body: true
            case .skipping: false
            }
        if isInside { deliver(.fault(.truncated)) }
        enterHeaders()
        body = []
    }

    private mutating func enterHeaders() {
        phase = .headers
        block = HeaderBlock()
        line = []
    }

    private mutating func enterSkipping(_ missing: Int?) {
        guard missing != 0 else { return enterHeaders() }
        phase = .skipping
        line = []
        self.missing = missing
    }

    /// Reads a header block that consists only of a complete `Content-Length: N`. Nearly every message has such a
    /// block. This is faster than the general reader.
    private mutating func readPlainHeader(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: rest)
        let name: StaticString = "Content-Length: "
        var index = name.utf8CodeUnitCount
        guard bytes.count > index, unsafe UnsafeRawBufferPointer(rebasing: bytes[..<index]).equals(name) else {
            return false
        }
        var length = 0
        while index < bytes.count, unsafe bytes[index].isDigit, length <= maximumBytes {
            length = unsafe length * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            index += 1
        }
        guard 1...maximumBytes ~= length, bytes.count >= index + 4,
            unsafe UnsafeRawBufferPointer(rebasing: bytes[index..<index + 4]).equals("\r\n\r\n")
        else { return false }
        unsafe rest = rest.dropFirst(index + 4)
        isAtStart = false
        phase = .body
        missing = length
        return true
    }

    private mutating func readHeaderLine(_ rest: inout Slice<UnsafeRawBufferPointer>, _ deliver: (Frame) -> Void) {
        let piece = unsafe rest.beforeLineFeed
        let room = HeaderBlock.maximumBytes - line.count
        if !isOverlong, unsafe piece.count > room {
            unsafe line.append(contentsOf: piece.prefix(room + 1))
            unsafe rest = rest.dropFirst(room + 1)
            return takeOverlongLine(deliver)
        }
        let isComplete = unsafe piece.count < rest.count
        unsafe rest = rest.dropFirst(piece.count + (isComplete ? 1 : 0))
        guard !isOverlong else {
            isOverlong = !isComplete
            return
        }
        unsafe line.append(contentsOf: piece)
        guard isComplete else { return }
        if isAtStart {
            isAtStart = false
            if line.starts(with: LineFramer.byteOrderMark) { line.removeFirst(LineFramer.byteOrderMark.count) }
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.allSatisfy(\.isBlank) {
            takeHeaderLine(deliver)
        } else if block.byteCount > 0 {
            endHeaders(deliver)
        }
        line.removeAll(keepingCapacity: true)
    }

    private mutating func takeHeaderLine(_ deliver: (Frame) -> Void) {
        let wasFaulty = block.fault != nil
        let line = line
        noting(deliver) { $0.take(line) }
        // The line is not part of a header block, so the framer does not wait for a blank line after it.
        guard !wasFaulty, case .malformedHeader = block.fault, block.length == nil, !HeaderBlock.isHeader(line) else {
            return
        }
        if let header = HeaderBlock.lengthHeader(endingIn: line) {
            enterHeaders()
            noting(deliver) { $0.take(header) }
        } else {
            enterSkipping(nil)
        }
    }

    /// Handles a line that is longer than a header block may be. Such a line is either a header that is ignored, or not
    /// part of a header block.
    private mutating func takeOverlongLine(_ deliver: (Frame) -> Void) {
        noting(deliver) { $0.takeOverlongLine() }
        let line = line
        if HeaderBlock.isHeader(line) || block.length != nil {
            isOverlong = true
            self.line = []
        } else {
            enterSkipping(nil)
            self.line = Array(line.suffix(Self.tailBytes))
        }
    }

    /// Calls `change` with the header block. If this causes the first fault of the block, the fault is delivered.
    private mutating func noting(_ deliver: (Frame) -> Void, _ change: (inout HeaderBlock) -> Void) {
        let wasFaulty = block.fault != nil
        change(&block)
        if !wasFaulty, let fault = block.fault { deliver(.fault(fault)) }
    }

    private mutating func endHeaders(_ deliver: (Frame) -> Void) {
        guard let length = block.length else {
            if block.fault == nil { deliver(.fault(.malformedHeader("there is no Content-Length"))) }
            return enterSkipping(nil)
        }
        if block.fault != nil {
            enterSkipping(length)
        } else if length > maximumBytes {
            deliver(.fault(.messageTooLarge(limit: maximumBytes)))
            enterSkipping(length)
        } else if length == 0 {
            unsafe deliver(.message(UnsafeRawBufferPointer(start: nil, count: 0)))
            enterHeaders()
        } else {
            phase = .body
            missing = length
        }
    }

    private mutating func readBody(_ rest: inout Slice<UnsafeRawBufferPointer>, _ deliver: (Frame) -> Void) {
        let wanted = missing ?? 0
        let piece = unsafe rest.prefix(wanted)
        unsafe rest = rest.dropFirst(piece.count)
        guard unsafe piece.count == wanted else {
            unsafe body.append(contentsOf: piece)
            missing = unsafe wanted - piece.count
            return
        }
        enterHeaders()
        if body.isEmpty {
            unsafe deliver(.message(UnsafeRawBufferPointer(rebasing: piece)))
        } else {
            var message: [UInt8] = []
            swap(&message, &body)
            unsafe message.append(contentsOf: piece)
            unsafe message.withUnsafeBytes { unsafe deliver(.message($0)) }
        }
    }

    private mutating func skip(_ rest: inout Slice<UnsafeRawBufferPointer>, _ deliver: (Frame) -> Void) {
        let reach = unsafe rest.prefix(missing ?? rest.count)
        let piece = unsafe reach.beforeLineFeed
        let isComplete = unsafe piece.count < reach.count
        let taken = unsafe piece.count + (isComplete ? 1 : 0)
        unsafe rest = rest.dropFirst(taken)
        missing = missing.map { $0 - taken }
        unsafe line.append(contentsOf: piece.suffix(Self.tailBytes))
        if line.count > Self.tailBytes { line.removeFirst(line.count - Self.tailBytes) }
        if isComplete, let header = HeaderBlock.lengthHeader(endingIn: line) {
            enterHeaders()
            noting(deliver) { $0.take(header) }
        } else if missing == 0 {
            enterHeaders()
        } else if isComplete {
            line.removeAll(keepingCapacity: true)
        }
    }
}
