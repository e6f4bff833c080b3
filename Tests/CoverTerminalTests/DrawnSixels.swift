/// A sixel picture as a terminal reads it. This reader has code of its own for every part of the standard.
struct DrawnSixels {
    private(set) var colors: [Int: [Int]] = [:]
    private(set) var size: (width: Int, height: Int) = (0, 0)
    /// For each dot (row and column), the colour register with which it was drawn.
    private(set) var dots: [[Int]: Int] = [:]

    init?(_ text: String) {
        guard text.hasPrefix("\u{1B}P0;1;0q"), text.hasSuffix("\u{1B}\\") else { return nil }
        var rest = Substring(text).dropFirst(8).dropLast(2)
        func numbers() -> [Int] {
            let digits = rest.prefix { $0.isNumber || $0 == ";" }
            rest = rest.dropFirst(digits.count)
            return digits.split(separator: ";").compactMap { Int($0) }
        }
        var (color, column, band) = (-1, 0, 0)
        while let character = rest.popFirst() {
            var count = 1
            switch character {
            case "\"":
                let values = numbers()
                guard values.count == 4 else { return nil }
                size = (values[2], values[3])
                continue
            case "#":
                let values = numbers()
                guard let number = values.first else { return nil }
                color = number
                if values.count == 5, values[1] == 2 { colors[number] = Array(values[2...]) }
                continue
            case "$":
                column = 0
                continue
            case "-":
                (column, band) = (0, band + 1)
                continue
            case "!": count = numbers().first ?? 0
            default: rest = [character] + rest
            }
            guard let value = rest.popFirst()?.asciiValue, 63...126 ~= value, colors[color] != nil else { return nil }
            for place in column..<column + count {
                for bit in 0..<6 where (value - 63) >> UInt8(bit) & 1 == 1 {
                    dots[[band * 6 + bit, place]] = color
                }
            }
            column += count
        }
    }
}
