extension String {
    /// The text with another character in place of each one that must not reach a terminal or a log: control
    /// characters, line and paragraph separators, invisible characters, and characters that change the reading
    /// direction.
    ///
    /// Visible format characters (Unicode's category Cf) stay. Joiners (U+200C, U+200D) stay where a script or an emoji
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
    /// The zero width non-joiner and joiner. Persian and Hindi use these characters inside words. The joiner also
    /// combines several emoji into one.
    package var isJoiner: Bool { self == "\u{200C}" || self == "\u{200D}" }

    /// Whether the character must not be shown as it is. This is true for every joiner; the caller then decides by the
    /// character before the joiner.
    fileprivate var isTreacherous: Bool {
        if 0x20..<0x7F ~= value { return false }
        return switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        case .format: !Self.prependedMarks.contains { $0 ~= value }
        default: false
        }
    }

    /// Whether a joiner has an effect after this character. It has one after a letter, a mark or a sign of a script
    /// other than Latin, and after a pictograph. After another joiner, a blank or an ASCII letter, a joiner would only
    /// be a hidden character.
    fileprivate var isJoinable: Bool {
        guard !isASCII else { return false }
        return switch properties.generalCategory {
        case .otherLetter, .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter: true
        case .nonspacingMark, .spacingMark, .otherSymbol, .modifierSymbol: true
        default: false
        }
    }

    /// Signs of Arabic, Syriac and Kaithi that enclose the digits after them: Unicode's property
    /// `Prepended_Concatenation_Mark`.
    private static let prependedMarks: [ClosedRange<UInt32>] = [
        0x600...0x605, 0x6DD...0x6DD, 0x70F...0x70F, 0x890...0x891, 0x8E2...0x8E2, 0x110BD...0x110BD,
        0x110CD...0x110CD,
    ]
}
