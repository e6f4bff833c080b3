/// A table with headings that is fitted to a width. If the width is too small, the less important columns are left out
/// first. After that, long texts are cut.
package struct Table: Sendable {
    package struct Column: Sendable {
        var title: String
        /// The smallest width of the column; nil if its texts are never cut.
        var minimum: Int?
        /// The least width that the column keeps, so that the columns of a live table do not move.
        var reserve = 0
        /// Columns of a high rank are left out first. Rank 0 always stays.
        var rank = 0
        /// Whether the column contains numbers, which are aligned to the right.
        var isNumber = false

        package init(title: String, minimum: Int? = nil, reserve: Int = 0, rank: Int = 0, isNumber: Bool = false) {
            self.title = title
            self.minimum = minimum
            self.reserve = reserve
            self.rank = rank
            self.isNumber = isNumber
        }
    }

    package typealias Cell = [Span]

    package var columns: [Column]
    package var rows: [[Cell]] = []
    package var hasHeading = true
    /// Whether the text of a missing last column goes below its row. This suits a table that stays on the screen.
    package var keepsLast = false
    /// Lines to show below each row. They are not cut.
    package var notes: [[Cell]] = []

    private static let gap = 2

    package init(columns: [Column]) { self.columns = columns }

    /// - Parameter width: the width of the output in columns; nil if nothing is cut.
    package func lines(width: Int?, palette: Palette) -> [String] {
        let layout = layout(width: width)
        let isLastBelow = keepsLast && !layout.contains { $0.index == columns.count - 1 }
        var lines: [String] = []
        if hasHeading { lines.append(line(columns.map { [Span($0.title, .heading)] }, layout, palette)) }
        for (index, row) in rows.enumerated() {
            lines.append(line(row, layout, palette))
            var below = isLastBelow ? row.suffix(1).filter { $0.columns > 0 } : []
            if !notes.isEmpty { below += notes[index] }
            lines += below.map { String(repeating: " ", count: Self.gap) + palette.render($0) }
        }
        return lines
    }

    private func line(_ row: [Cell], _ layout: [(index: Int, width: Int)], _ palette: Palette) -> String {
        var line = ""
        var blanks = 0
        for (place, (index, width)) in layout.enumerated() {
            let cell = row[index].fitted(to: width)
            let padding = width - cell.columns
            if place > 0 { blanks += Self.gap }
            if columns[index].isNumber { blanks += padding }
            if cell.columns > 0 {
                line += String(repeating: " ", count: blanks) + palette.render(cell)
                blanks = 0
            }
            // Blanks at the end of a row are left out, because in a narrow window they would begin a new line.
            blanks += columns[index].isNumber ? 0 : padding
            if cell.columns == 0, columns[index].isNumber { blanks += width - padding }
        }
        return line
    }

    /// The visible columns and their widths.
    private func layout(width: Int?) -> [(index: Int, width: Int)] {
        let natural = columns.indices.map { index in
            max(columns[index].reserve, rows.reduce(columns[index].title.columns) { max($0, $1[index].columns) })
        }
        guard let width else { return columns.indices.map { ($0, natural[$0]) } }
        let least = columns.indices.map { min(natural[$0], columns[$0].minimum ?? natural[$0]) }
        var shown = Array(columns.indices)
        func total(_ widths: [Int]) -> Int { shown.reduce(-Self.gap) { $0 + widths[$1] + Self.gap } }
        while total(least) > width, let last = shown.max(by: { columns[$0].rank < columns[$1].rank }),
            columns[last].rank > 0
        {
            shown.removeAll { $0 == last }
        }
        var widths = natural
        // The columns are cut in the same order in which they would be left out.
        for index in shown.sorted(by: { columns[$0].rank > columns[$1].rank }) {
            let excess = total(widths) - width
            if excess > 0 { widths[index] -= min(excess, widths[index] - least[index]) }
        }
        // If the window is still too narrow, the first column shrinks as far as possible.
        let excess = total(widths) - width
        if excess > 0, let first = shown.first { widths[first] = max(1, widths[first] - excess) }
        return shown.map { ($0, widths[$0]) }
    }
}
