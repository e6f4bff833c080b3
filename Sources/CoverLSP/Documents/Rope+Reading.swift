extension Rope {
    /// The size of the text before an offset.
    func size(before offset: Int) -> TextSize {
        var (node, rest, sum) = (self, offset, TextSize())
        while true {
            switch node.content {
            case .piece(let piece):
                return sum + piece.size(ofFirst: rest)
            case .branch(let left, let right):
                if rest < left.size.bytes {
                    node = left
                } else {
                    sum = sum + left.size
                    rest -= left.size.bytes
                    node = right
                }
            }
        }
    }

    /// The offset after the nth line break, counted from 1; the end of the text if there are fewer line breaks.
    func offset(afterBreak number: Int) -> Int {
        descend(number, { $0.breaks }, staysLeft: { $0 <= $1 }, { $0.offset(afterBreak: $1) })
    }

    /// The offset of the scalar that contains the nth unit of the encoding, counted from 0; the end of the text if
    /// there are fewer units.
    func offset(ofUnit number: Int, in encoding: PositionEncoding) -> Int {
        descend(number, encoding.count, staysLeft: { $0 < $1 }, { $0.offset(ofUnit: $1, in: encoding) })
    }

    private func descend(
        _ number: Int,
        _ count: (TextSize) -> Int,
        staysLeft: (_ number: Int, _ left: Int) -> Bool,
        _ find: (Piece, Int) -> Int
    ) -> Int {
        var (node, rest, offset) = (self, number, 0)
        while true {
            switch node.content {
            case .piece(let piece):
                return offset + find(piece, rest)
            case .branch(let left, let right):
                let inLeft = count(left.size)
                if staysLeft(rest, inLeft) {
                    node = left
                } else {
                    rest -= inLeft
                    offset += left.size.bytes
                    node = right
                }
            }
        }
    }

    /// The bytes of a range.
    func bytes(in range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        append(range, to: &bytes)
        return bytes
    }

    private func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
        guard !range.isEmpty else { return }
        switch content {
        case .piece(let piece):
            bytes += piece.bytes[range]
        case .branch(let left, let right):
            let middle = left.size.bytes
            left.append(range.clamped(to: 0..<middle), to: &bytes)
            right.append(range.clamped(to: middle..<size.bytes).moved(by: -middle), to: &bytes)
        }
    }

    /// Calls `body` with each mark that begins in a range of bytes, in order, until it returns false.
    func forEachMark(in range: Range<Int>, _ body: (TaskMark) -> Bool) {
        _ = visitMarks(range, 0, body)
    }

    /// - Returns: whether to continue with the next marks.
    private func visitMarks(_ range: Range<Int>, _ start: Int, _ body: (TaskMark) -> Bool) -> Bool {
        guard markCount > 0, start < range.upperBound, range.lowerBound < start + size.bytes else { return true }
        switch content {
        case .piece(let piece):
            return piece.marks.allSatisfy { mark in
                !range.contains(mark.offset + start) || body(mark.moved(by: start))
            }
        case .branch(let left, let right):
            return left.visitMarks(range, start, body) && right.visitMarks(range, start + left.size.bytes, body)
        }
    }
}
