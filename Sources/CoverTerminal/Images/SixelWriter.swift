extension IndexedPicture {
    /// The picture as sixel text (DEC STD 070, chapter 9). The text consists of bands of six rows. Each band has one
    /// line per colour. Equal columns in a row are written once, with their number. At a transparent pixel, the screen
    /// stays unchanged.
    package var sixels: String {
        var bytes = Array("\u{1B}P0;1;0q\"1;1;\(width);\(height)".utf8)
        for (index, color) in palette.enumerated() {
            bytes += "#\(index);2;\(color.x);\(color.y);\(color.z)".utf8
        }
        for top in stride(from: 0, to: height, by: 6) {
            if top > 0 { bytes.append(UInt8(ascii: "-")) }
            for (place, line) in band(from: top).enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: "$")) }
                bytes += "#\(line.color)".utf8
                Self.append(line.columns, to: &bytes)
            }
        }
        return String(decoding: bytes, as: UTF8.self) + "\u{1B}\\"
    }

    /// The colours in a band of six rows. For each column, the bits say which rows have the colour; bit 0 is the top
    /// row.
    private func band(from top: Int) -> [(color: Int, columns: [UInt8])] {
        var lines: [Int: [UInt8]] = [:]
        for row in top..<min(top + 6, height) {
            for column in 0..<width {
                guard let color = indices[row * width + column] else { continue }
                lines[color, default: Array(repeating: 0, count: width)][column] |= 1 << UInt8(row - top)
            }
        }
        return lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func append(_ columns: [UInt8], to bytes: inout [UInt8]) {
        // Blank columns at the end are not drawn.
        let end = (columns.lastIndex { $0 != 0 } ?? -1) + 1
        var start = 0
        while start < end {
            let bits = columns[start]
            let next = columns[start..<end].firstIndex { $0 != bits } ?? end
            let (length, sixel) = (next - start, bits + 63)
            if length > 3 {
                bytes += "!\(length)".utf8
                bytes.append(sixel)
            } else {
                bytes += repeatElement(sixel, count: length)
            }
            start = next
        }
    }
}
