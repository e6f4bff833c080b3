import CoverModel

/// The place of a task's id in a text.
struct TaskMark: Equatable, Sendable {
    /// The offset of the first byte. For a mark of a ``Piece``, the offset counts from the start of the piece.
    var offset: Int
    /// The number of bytes. The end of a mark may be in a later piece than its start.
    var length: Int
    var taskId: TaskID

    var end: Int { offset + length }
    var range: Range<Int> { offset..<end }

    /// The same mark with an offset that counts from another place.
    func moved(by distance: Int) -> TaskMark {
        TaskMark(offset: offset + distance, length: length, taskId: taskId)
    }
}

/// A leaf of a ``Rope``: a few hundred bytes of UTF-8, and the marks that begin in them.
///
/// The boundaries of a piece are between scalars, and never between a CR and its LF.
struct Piece: Sendable {
    /// The largest number of bytes in a piece. Smaller pieces need more memory, and larger pieces need more time at
    /// each edit.
    static let capacity = 512

    let bytes: [UInt8]
    /// The marks in the order of their offsets.
    let marks: [TaskMark]

    init(_ bytes: [UInt8], _ marks: [TaskMark] = []) {
        self.bytes = bytes
        self.marks = marks
    }

    var size: TextSize { size(ofFirst: bytes.count) }

    func size(ofFirst count: Int) -> TextSize {
        unsafe bytes.withUnsafeBufferPointer { unsafe TextSize($0, first: count) }
    }

    func appending(_ other: Piece) -> Piece {
        Piece(bytes + other.bytes, marks + other.marks.map { $0.moved(by: bytes.count) })
    }

    /// The bytes of this piece after an edit, and the marks that the edit does not touch.
    func replacing(_ range: Range<Int>, with text: [UInt8]) -> (bytes: [UInt8], marks: [TaskMark]) {
        var edited: [UInt8] = []
        edited.reserveCapacity(bytes.count - range.count + text.count)
        edited += bytes[..<range.lowerBound]
        edited += text
        edited += bytes[range.upperBound...]
        let growth = text.count - range.count
        let kept = marks.compactMap { mark -> TaskMark? in
            if mark.end <= range.lowerBound { return mark }
            return mark.offset >= range.upperBound ? mark.moved(by: growth) : nil
        }
        return (edited, kept)
    }

    /// A copy of this piece in which new marks replace those in a range of bytes.
    func marking(_ range: Range<Int>, _ fresh: ArraySlice<TaskMark>) -> Piece {
        let before = Array(marks.prefix { $0.offset < range.lowerBound })
        return Piece(bytes, before + fresh + marks.drop { $0.offset < range.upperBound })
    }

    /// The offset after the nth line break, counted from 1; the end of the piece if there are fewer breaks.
    func offset(afterBreak number: Int) -> Int {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return 0 }
            let count = buffer.count
            var (left, index) = (number, 0)
            while index < count {
                let byte = unsafe bytes[index]
                index += 1
                if byte != .lineFeed {
                    guard byte == .carriageReturn else { continue }
                    if index < count, unsafe bytes[index] == .lineFeed { continue }
                }
                left -= 1
                if left == 0 { return index }
            }
            return count
        }
    }

    /// The offset of the scalar that contains the nth unit of the encoding; the end of the piece if there are fewer
    /// units.
    func offset(ofUnit number: Int, in encoding: PositionEncoding) -> Int {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return 0 }
            var (units, start) = (0, 0)
            while start < buffer.count {
                let width = unsafe bytes[start].scalarWidth
                units += encoding.units(ofWidth: width)
                if units > number { return start }
                start += width
            }
            return buffer.count
        }
    }
}

extension UInt8 {
    /// The number of bytes of the scalar that begins with this byte.
    fileprivate var scalarWidth: Int {
        switch self {
        case 0xF0...: 4
        case 0xE0...: 3
        case 0xC0...: 2
        default: 1
        }
    }
}
