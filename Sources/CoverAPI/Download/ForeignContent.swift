/// Describes what came in place of an image, for an error.
enum ForeignContent {
    /// How many bytes are needed to recognise the type.
    static let length = 256

    /// The description according to the first bytes.
    ///
    /// - Parameter packing: how the content is packed, if the bytes alone say nothing; nil if it is not packed.
    static func name(of start: some Collection<UInt8>, packing: String? = nil) -> String {
        let bytes = Array(start.prefix(length))
        if bytes.dropFirst(4).starts(with: "ftyp".utf8) {
            switch String(decoding: bytes.dropFirst(8).prefix(4), as: UTF8.self) {
            case "avif", "avis": return "an AVIF picture"
            case "heic", "heix", "heim", "heis", "mif1", "msf1": return "a HEIF picture"
            default: return "a film or another MP4 file"
            }
        }
        for (magic, name) in magics where bytes.starts(with: magic) { return name }
        var text = Substring(String(decoding: bytes, as: UTF8.self).lowercased())
        text = text.drop { $0 == "\u{FEFF}" || $0.isWhitespace }
        if text.hasPrefix("<svg") || (text.hasPrefix("<?xml") || text.hasPrefix("<!--")) && text.contains("<svg") {
            return "an SVG drawing"
        }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.contains("<html") { return "a web page" }
        if text.hasPrefix("<") { return "XML or HTML" }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "JSON" }
        return packing ?? "of an unknown type"
    }

    private static let magics: [(bytes: [UInt8], name: String)] = [
        (Array("BM".utf8), "a BMP picture"), ([0x49, 0x49, 0x2A, 0], "a TIFF picture"),
        ([0x4D, 0x4D, 0, 0x2A], "a TIFF picture"), (Array("%PDF".utf8), "a PDF document"),
        ([0xFF, 0x0A], "a JPEG XL picture"), ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL picture"),
    ]
}
