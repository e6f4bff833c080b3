/// A text as a balanced tree of pieces. A rope never changes. An edit makes a new rope, which shares with the old rope
/// all nodes that are not on the path to the edit.
///
/// The time of every operation except those on whole texts grows with the logarithm of the text's length. The tree is an AVL tree of
/// leaves (Blelloch, Ferizovic, Sun: "Just Join for Parallel Ordered Sets").
final class Rope: Sendable {
    enum Content: Sendable {
        case piece(Piece)
        case branch(Rope, Rope)
    }

    let content: Content
    let size: TextSize
    let markCount: Int
    let height: Int
    private let beginsWithLF: Bool
    private let endsWithCR: Bool

    init(_ piece: Piece) {
        content = .piece(piece)
        size = piece.size
        markCount = piece.marks.count
        height = 0
        beginsWithLF = piece.bytes.first == .lineFeed
        endsWithCR = piece.bytes.last == .carriageReturn
    }

    private init(_ left: Rope, _ right: Rope) {
        content = .branch(left, right)
        size = left.size + right.size
        markCount = left.markCount + right.markCount
        height = max(left.height, right.height) + 1
        beginsWithLF = left.beginsWithLF
        endsWithCR = right.endsWithCR
    }

    static let empty = Rope(Piece([]))

    /// Cuts a text into pieces.
    ///
    /// - Parameter marks: the marks of the text, in order.
    static func make(_ bytes: ArraySlice<UInt8>, _ marks: ArraySlice<TaskMark> = []) -> Rope {
        guard bytes.count > Piece.capacity else {
            return Rope(Piece(Array(bytes), marks.map { $0.moved(by: -bytes.startIndex) }))
        }
        var middle = bytes.startIndex + bytes.count / 2
        while bytes[middle].isContinuation || (bytes[middle] == .lineFeed && bytes[middle - 1] == .carriageReturn) {
            middle -= 1
        }
        let firstRight = marks.firstIndex { $0.offset >= middle } ?? marks.endIndex
        return Rope(make(bytes[..<middle], marks[..<firstRight]), make(bytes[middle...], marks[firstRight...]))
    }

    // MARK: Edits

    /// A copy of this text with some bytes replaced. Marks that the edit touches are removed, except a mark that begins
    /// before the first edited piece.
    func replacing(_ range: Range<Int>, with text: [UInt8]) -> Rope {
        switch content {
        case .piece(let piece):
            let (bytes, marks) = piece.replacing(range, with: text)
            return .make(bytes[...], marks[...])
        case .branch(let left, let right):
            let middle = left.size.bytes
            if range.upperBound <= middle { return .join(left.replacing(range, with: text), right) }
            if range.lowerBound >= middle {
                return .join(left, right.replacing(range.moved(by: -middle), with: text))
            }
            let rest = right.replacing(0..<range.upperBound - middle, with: [])
            return .join(left.replacing(range.lowerBound..<middle, with: text), rest)
        }
    }

    /// Appends one text to another.
    private static func join(_ left: Rope, _ right: Rope) -> Rope {
        if left.size.bytes == 0 { return right }
        if right.size.bytes == 0 { return left }
        if left.endsWithCR, right.beginsWithLF {
            let end = left.size.bytes
            return join(left.replacing(end..<end, with: [.lineFeed]), right.replacing(0..<1, with: []))
        }
        switch (left.content, right.content) {
        case (.piece(let first), .piece(let second)) where left.size.bytes + right.size.bytes <= Piece.capacity:
            return Rope(first.appending(second))
        case (.branch(let outer, let inner), _) where left.height > right.height + 1:
            return balance(outer, join(inner, right))
        case (_, .branch(let inner, let outer)) where right.height > left.height + 1:
            return balance(join(left, inner), outer)
        default:
            return Rope(left, right)
        }
    }

    /// A balanced tree made of two trees whose heights differ by at most two.
    private static func balance(_ left: Rope, _ right: Rope) -> Rope {
        if left.height > right.height + 1, case .branch(let outer, let inner) = left.content {
            if case .branch(let first, let second) = inner.content, inner.height > outer.height {
                return Rope(Rope(outer, first), Rope(second, right))
            }
            return Rope(outer, Rope(inner, right))
        }
        if right.height > left.height + 1, case .branch(let inner, let outer) = right.content {
            if case .branch(let first, let second) = inner.content, inner.height > outer.height {
                return Rope(Rope(left, first), Rope(second, outer))
            }
            return Rope(Rope(left, inner), outer)
        }
        return Rope(left, right)
    }

    /// A copy of this text in which new marks replace those in a range of bytes.
    func marking(_ range: Range<Int>, _ marks: ArraySlice<TaskMark>) -> Rope {
        guard range.overlaps(0..<size.bytes), markCount > 0 || !marks.isEmpty else { return self }
        switch content {
        case .piece(let piece):
            return Rope(piece.marking(range, marks))
        case .branch(let left, let right):
            let middle = left.size.bytes
            let firstRight = marks.firstIndex { $0.offset >= middle } ?? marks.endIndex
            let moved = marks[firstRight...].map { $0.moved(by: -middle) }
            return Rope(
                left.marking(range.clamped(to: 0..<middle), marks[..<firstRight]),
                right.marking(range.clamped(to: middle..<size.bytes).moved(by: -middle), moved[...])
            )
        }
    }
}

extension Range<Int> {
    func moved(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}
