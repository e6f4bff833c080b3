/// The text of a document and the places of task ids in it. Each edit updates both.
struct DocumentText: Sendable {
    private(set) var rope: Rope
    private let finder: TaskIDFinder

    init(_ text: String, finder: TaskIDFinder) {
        self.finder = finder
        let bytes = Array(text.utf8)
        rope = .make(bytes[...], finder.marks(in: SearchWindow(bytes))[...])
    }

    /// The length of the text in bytes of UTF-8.
    var count: Int { rope.size.bytes }

    /// Replaces some bytes, and searches for marks again where the edit can have changed them. The search covers the
    /// lines of the edit. In a long line, the search covers only a part that is long enough for every id.
    mutating func replace(_ range: Range<Int>, with text: String) {
        let bytes = Array(text.utf8)
        rope = rope.replacing(range, with: bytes)
        let (window, start) = window(around: range.lowerBound..<range.lowerBound + bytes.count)
        let marks = finder.marks(in: window).map { $0.moved(by: start) }
        rope = rope.marking(start..<start + window.bytes.count, marks[...])
    }

    /// The marks that overlap a range of bytes or touch it, in order.
    func marks(in range: Range<Int>, limit: Int = .max) -> [TaskMark] {
        var marks: [TaskMark] = []
        rope.forEachMark(in: max(0, range.lowerBound - TaskIDFinder.reach)..<range.upperBound + 1) { mark in
            if mark.end >= range.lowerBound { marks.append(mark) }
            return marks.count < limit
        }
        return marks
    }

    /// Calls `body` with each mark of the text, in order, until it returns false.
    func forEachMark(_ body: (TaskMark) -> Bool) { rope.forEachMark(in: 0..<count, body) }

    // MARK: Positions

    /// The offset of a position. A character beyond the end of its line means the end of the line. A line beyond the
    /// last line means the end of the text.
    func offset(of position: Position, _ encoding: PositionEncoding) -> Int {
        guard let line = contents(ofLine: position.line) else { return count }
        let unit = encoding.count(rope.size(before: line.lowerBound)) + position.character
        return min(rope.offset(ofUnit: unit, in: encoding), line.upperBound)
    }

    func position(of offset: Int, _ encoding: PositionEncoding) -> Position {
        let size = rope.size(before: offset)
        let start = lineStart(size.breaks)
        return Position(
            line: size.breaks,
            character: encoding.count(size) - encoding.count(rope.size(before: start))
        )
    }

    func range(of range: Range<Int>, _ encoding: PositionEncoding) -> PositionRange {
        PositionRange(start: position(of: range.lowerBound, encoding), end: position(of: range.upperBound, encoding))
    }

    /// The range of bytes for a range of positions. If the end of the range is before its start, both are exchanged, as
    /// in vscode-languageserver.
    func offsets(of range: PositionRange, _ encoding: PositionEncoding) -> Range<Int> {
        let (start, end) = (offset(of: range.start, encoding), offset(of: range.end, encoding))
        return min(start, end)..<max(start, end)
    }

    private func lineStart(_ line: Int) -> Int { line == 0 ? 0 : rope.offset(afterBreak: line) }

    /// The bytes of a line without its break; nil if the line does not exist.
    private func contents(ofLine line: Int) -> Range<Int>? {
        guard line <= rope.size.breaks else { return nil }
        let start = lineStart(line)
        guard line < rope.size.breaks else { return start..<count }
        let end = lineStart(line + 1)
        let isCRLF = end - start > 1 && rope.bytes(in: end - 2..<end) == [.carriageReturn, .lineFeed]
        return start..<end - (isCRLF ? 2 : 1)
    }

    /// The part of the text to search again after an edit, and the offset of this part.
    private func window(around edit: Range<Int>) -> (window: SearchWindow, start: Int) {
        let reach = TaskIDFinder.reach + 1
        // If the edit joins a CR and an LF, the computed start of the line is after the edit. So the smaller offset is
        // used.
        let lineStart = min(edit.lowerBound, lineStart(rope.size(before: edit.lowerBound).breaks))
        let lineEnd = max(edit.upperBound, contents(ofLine: rope.size(before: edit.upperBound).breaks)?.upperBound ?? 0)
        let start = max(lineStart, edit.lowerBound - reach)
        let end = min(lineEnd, edit.upperBound + reach)
        var window = SearchWindow(rope.bytes(in: start..<end))
        if end < lineEnd { window.cutEnd(notBefore: edit.upperBound - start) }
        let removed = start > lineStart ? window.cutStart(notAfter: edit.lowerBound - start) : 0
        return (window, start + removed)
    }
}
