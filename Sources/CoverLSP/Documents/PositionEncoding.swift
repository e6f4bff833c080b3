/// The unit of the characters of a position (LSP 3.17, `PositionEncodingKind`).
enum PositionEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16 = "utf-16"
    case utf32 = "utf-32"

    /// Chooses one of the client's encodings. UTF-8 is preferred, because it needs no counting. UTF-16 applies if the
    /// client names no encodings.
    init(offered: [String]) {
        let known = offered.compactMap(PositionEncoding.init(rawValue:))
        self = Self.allCases.first(where: known.contains) ?? .utf16
    }

    func count(_ size: TextSize) -> Int {
        switch self {
        case .utf8: size.bytes
        case .utf16: size.utf16
        case .utf32: size.scalars
        }
    }

    /// The number of units of a scalar with this number of UTF-8 bytes.
    func units(ofWidth width: Int) -> Int {
        switch self {
        case .utf8: width
        case .utf16: width == 4 ? 2 : 1
        case .utf32: 1
        }
    }
}
