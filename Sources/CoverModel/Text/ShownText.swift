extension String {
    /// The text with another character in place of each one that must not reach a terminal or a log: control characters, line and paragraph
    /// separators, and characters that hide or turn the reading direction.
    ///
    /// Format characters (Unicode's category Cf) that can be seen stay, and so do joiners (U+200C, U+200D) where a script or an emoji
    /// needs them.
    package func replacingTreacherous(with replacement: Unicode.Scalar) -> String {
        guard unicodeScalars.contains(where: \.isTreacherous) else { return self }
        return String(unicodeScalars.replacingTreacherous(with: replacement))
    }
}

extension Sequence<Unicode.Scalar> {
    /// See ``Swift/String/replacingTreacherous(with:)``.
    package func replacingTreacherous(with replacement: Unicode.Scalar) -> String.UnicodeScalarView {
        var result = String.UnicodeScalarView()
        for scalar in self {
            let isShown = !scalar.isTreacherous || scalar.isJoiner && result.last?.isJoinable == true
            result.append(isShown ? scalar : replacement)
        }
        return result
    }
}

extension Unicode.Scalar {
    /// The zero width non-joiner and joiner. Persian and Hindi spell words with them, and emoji are made of others by them.
    package var isJoiner: Bool { self == "\u{200C}" || self == "\u{200D}" }

    /// Whether the character must not be shown as it is. A joiner counts as such here; the character before it decides.
    fileprivate var isTreacherous: Bool {
        if 0x20..<0x7F ~= value { return false }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        case .format: !Self.prependedMarks.contains { $0 ~= value }
        default: false
        }
    }

    /// Whether a joiner behind this character joins, or keeps apart: it is a letter, a mark or a sign of another script than Latin, or a
    /// pictograph. One behind another joiner, a blank or a letter of ASCII would only hide.
    fileprivate var isJoinable: Bool {
        guard !isASCII else { return false }
        return switch properties.generalCategory {
        case .otherLetter, .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter: true
        case .nonspacingMark, .spacingMark, .otherSymbol, .modifierSymbol: true
        default: false
        }
    }

    /// Signs of Arabic, Syriac and Kaithi that enclose the figures behind them: Unicode's property `Prepended_Concatenation_Mark`.
    private static let prependedMarks: [ClosedRange<UInt32>] = [
        0x600...0x605, 0x6DD...0x6DD, 0x70F...0x70F, 0x890...0x891, 0x8E2...0x8E2, 0x110BD...0x110BD,
        0x110CD...0x110CD,
    ]
}
