import CoverModel

extension String {
    /// The number of terminal columns that the text takes: two for East Asian wide characters and pictographs, none for
    /// combining marks. The text must be ``displayable``.
    package var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

    /// The text in which U+FFFD replaces each scalar that could move the cursor, change the reading direction, or be
    /// invisible.
    package var displayable: String { replacingTreacherous(with: "\u{FFFD}") }

    /// The text cut to at most this number of columns. If the text was cut, it ends with an ellipsis.
    package func fitted(to limit: Int) -> String {
        guard columns > limit else { return self }
        guard limit > 0 else { return "" }
        var result = String.UnicodeScalarView()
        var width = 1  // of the ellipsis
        for scalar in unicodeScalars {
            width += scalar.columns
            if width > limit { break }
            result.append(scalar)
        }
        return String(result) + "…"
    }

    /// The text, filled with blanks to this number of columns.
    package func padded(to width: Int, trailing: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - columns))
        return trailing ? blanks + self : self + blanks
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        case _ where isJoiner: return 0
        // In Korean text, separately written vowels and final consonants join the wide first consonant, so they take no
        // column.
        case _ where 0x1160...0x11FF ~= value: return 0
        default: return Self.wide.contains { $0 ~= value } ? 2 : 1
        }
    }

    /// Ranges of wide characters: the blocks of Unicode's EastAsianWidth.txt (W and F) that occur in practice.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653,
        0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728,
        0x274C...0x274C, 0x2753...0x2755, 0x2795...0x2797, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55,
        0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F004...0x1F004, 0x1F0CF...0x1F0CF,
        0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C,
        0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4,
        0x1F3F8...0x1F43E, 0x1F440...0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E,
        0x1F550...0x1F567, 0x1F57A...0x1F57A, 0x1F595...0x1F596, 0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F,
        0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6D7, 0x1F6EB...0x1F6EC,
        0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
        0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
