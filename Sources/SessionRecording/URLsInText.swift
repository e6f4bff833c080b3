import CoverAPI

/// Removes the confidential parts of the URLs in a text. The URLs may be written with escapes of JSON, of URLs or of HTML.
struct URLsInText {
    let text: String
    /// Whether the URLs are confidential as a whole. Otherwise only their logins and queries are.
    let areConfidential: Bool

    /// The text with `[removed]` in place of each confidential part.
    var redacted: String {
        let bytes = Array(text.utf8)
        var places = places(in: bytes)
        var layer = UnescapedText(bytes)
        var depth = 0
        while depth < KeyRedactor.deepest, layer.undoEscapes() {
            depth += 1
            places += self.places(in: layer.bytes).map { (layer.origin(of: $0.range), $0.mask) }
        }
        return places.isEmpty ? text : String(decoding: bytes.replacing(places), as: UTF8.self)
    }

    private func places(in bytes: [UInt8]) -> [(range: Range<Int>, mask: [UInt8])] {
        var places: [(range: Range<Int>, mask: [UInt8])] = []
        var rest = bytes[...]
        while let start = Self.addressStart(in: rest) {
            rest = rest[start...]
            let address = rest.prefix { $0 > 0x20 && !"\"'<>\\".utf8.contains($0) }
            rest = rest[address.endIndex...]
            guard !areConfidential else {
                places.append((address.startIndex..<address.endIndex, Array("removed.invalid/".utf8)))
                continue
            }
            // A login is before "@", and a segment of the path may have parameters after ";" (RFC 3986 §3.2.1 and
            // §3.3).
            let path = address.prefix { !"?#;".utf8.contains($0) }
            let authority = path.prefix { $0 != UInt8(ascii: "/") }
            if let login = authority.lastIndex(of: UInt8(ascii: "@")) {
                places.append((address.startIndex..<login, Array("[removed]".utf8)))
            }
            if path.endIndex < address.endIndex {
                places.append((path.endIndex..<address.endIndex, Array("?[removed]".utf8)))
            }
        }
        return places
    }

    /// The index behind the next `://`.
    private static func addressStart(in bytes: ArraySlice<UInt8>) -> Int? {
        let mark = Array("://".utf8)
        var rest = bytes
        while let colon = rest.firstIndex(of: mark[0]) {
            if rest[colon...].starts(with: mark) { return colon + mark.count }
            rest = rest[(colon + 1)...]
        }
        return nil
    }
}
