#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Newline-delimited framing: one JSON text per line.
///
/// If the given bytes contain a whole line, the line is delivered without a copy. If the bytes end inside a line, the
/// start of the line is kept. If a line exceeds the limit, it is dropped at that moment, and its memory is freed.
struct LineFramer {
    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let maximumBytes: Int
    private var partial: [UInt8] = []
    private var isSkipping = false
    private var isAtStart: Bool

    /// - Parameter isAtStart: whether a byte order mark may come.
    init(maximumBytes: Int, isAtStart: Bool = true) {
        self.maximumBytes = maximumBytes
        self.isAtStart = isAtStart
    }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ deliver: (Frame) -> Void) {
        guard let base = chunk.baseAddress else { return }
        var start = 0
        while start < chunk.count {
            guard let newline = unsafe memchr(base + start, Int32(UInt8(ascii: "\n")), chunk.count - start) else {
                unsafe keep(UnsafeRawBufferPointer(start: base + start, count: chunk.count - start), deliver)
                return
            }
            let end = unsafe UnsafeRawPointer(newline) - base
            let piece = unsafe UnsafeRawBufferPointer(start: base + start, count: end - start)
            if isSkipping {
                isSkipping = false
            } else if partial.isEmpty {
                unsafe complete(piece, deliver)
            } else {
                unsafe keep(piece, deliver)
                completePartial(deliver)
            }
            start = end + 1
        }
    }

    mutating func finish(_ deliver: (Frame) -> Void) {
        if !isSkipping, !partial.isEmpty { completePartial(deliver) }
        isSkipping = false
    }

    private mutating func keep(_ piece: UnsafeRawBufferPointer, _ deliver: (Frame) -> Void) {
        guard !isSkipping else { return }
        unsafe partial.append(contentsOf: piece)
        // A line may have one byte above the limit, because this byte may be the carriage return at its end.
        let mark = isAtStart && partial.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
        if partial.count > maximumBytes + 1 + mark {
            partial = []
            isSkipping = true
            isAtStart = false
            deliver(.fault(.messageTooLarge(limit: maximumBytes)))
        }
    }

    private mutating func completePartial(_ deliver: (Frame) -> Void) {
        guard !isSkipping else {
            isSkipping = false
            return
        }
        var line: [UInt8] = []
        swap(&line, &partial)
        unsafe line.withUnsafeBytes { unsafe complete($0, deliver) }
    }

    private mutating func complete(_ line: UnsafeRawBufferPointer, _ deliver: (Frame) -> Void) {
        var line = unsafe line[...]
        if isAtStart {
            isAtStart = false
            if unsafe line.starts(with: Self.byteOrderMark) { unsafe line = line.dropFirst(Self.byteOrderMark.count) }
        }
        if unsafe line.last == UInt8(ascii: "\r") { unsafe line = line.dropLast() }
        guard unsafe line.count <= maximumBytes else {
            return deliver(.fault(.messageTooLarge(limit: maximumBytes)))
        }
        if unsafe line.allSatisfy(\.isBlank) { return }
        unsafe deliver(.message(UnsafeRawBufferPointer(rebasing: line)))
    }
}
