internal import Zlib

/// The header and the compressed pixels of a PNG file (https://www.w3.org/TR/png-3). Only files with one byte per
/// sample and with rows from top to bottom are supported. Samples with more or fewer bits, and interlacing, are not
/// supported.
struct PNGFile {
    enum Color: UInt8 {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgbAlpha = 6

        var samples: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgbAlpha: 4
            }
        }
    }

    let width: Int
    let height: Int
    let color: Color
    /// The palette of the file: the red, green, blue and opacity of each entry.
    private(set) var palette: [Pixel] = []
    /// The samples of the one transparent colour; nil if there is none.
    private(set) var transparent: [UInt8]?
    private(set) var data: [ArraySlice<UInt8>] = []

    /// The largest number of pixels that is accepted. Covers have about a thousand pixels per side, so this limit is
    /// high enough. The limit bounds the time and the memory that a file can cost.
    private static let mostPixels = 1 << 25
    private static let longestSide = 1 << 14
    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    init(_ bytes: [UInt8]) throws(PNGError) {
        guard bytes.starts(with: Self.signature) else { throw .malformed("signature") }
        var rest = bytes.dropFirst(Self.signature.count)
        let header = try Self.chunk(&rest)
        guard header.type == "IHDR", header.body.count == 13 else { throw .malformed("header") }
        let fields = Array(header.body)
        let size = (Self.integer(fields[0..<4]), Self.integer(fields[4..<8]))
        guard size.0 > 0, size.1 > 0 else { throw .malformed("size") }
        guard max(size.0, size.1) <= Self.longestSide, size.0 * size.1 <= Self.mostPixels else {
            throw .unsupported("size")
        }
        guard let color = Color(rawValue: fields[9]) else { throw .malformed("colour type") }
        guard fields[8] == 8 else { throw .unsupported("bit depth") }
        guard fields[10] == 0, fields[11] == 0 else { throw .malformed("method") }
        guard fields[12] == 0 else { throw .unsupported("interlacing") }
        ((width, height), self.color) = (size, color)
        var last = header
        while last.type != "IEND" {
            last = try Self.chunk(&rest)
            try take(last)
        }
        guard !data.isEmpty, color != .palette || !palette.isEmpty else { throw .malformed("parts are missing") }
    }

    private typealias Chunk = (type: String, body: ArraySlice<UInt8>)

    private mutating func take(_ chunk: Chunk) throws(PNGError) {
        switch chunk.type {
        case "PLTE":
            guard palette.isEmpty, chunk.body.count % 3 == 0, 3...768 ~= chunk.body.count else {
                throw .malformed("palette")
            }
            palette = stride(from: chunk.body.startIndex, to: chunk.body.endIndex, by: 3).map {
                Pixel(red: chunk.body[$0], green: chunk.body[$0 + 1], blue: chunk.body[$0 + 2])
            }
        case "tRNS" where color == .palette:
            guard chunk.body.count <= palette.count else { throw .malformed("transparency") }
            for (index, alpha) in chunk.body.enumerated() { palette[index].alpha = alpha }
        case "tRNS" where color == .grey || color == .rgb:
            guard chunk.body.count == color.samples * 2 else { throw .malformed("transparency") }
            transparent = chunk.body.indices.filter { ($0 - chunk.body.startIndex) % 2 == 1 }.map { chunk.body[$0] }
        case "IDAT": data.append(chunk.body)
        case "IEND": break
        // If the name of a chunk begins with a capital letter, a decoder must understand the chunk.
        default: if chunk.type.first?.isUppercase ?? true { throw .unsupported("chunk") }
        }
    }

    private static func chunk(_ rest: inout ArraySlice<UInt8>) throws(PNGError) -> Chunk {
        guard rest.count >= 12 else { throw .malformed("it ends too early") }
        let length = integer(rest.prefix(4))
        guard length <= rest.count - 12 else { throw .malformed("it ends too early") }
        let content = rest.dropFirst(4).prefix(4 + length)
        rest = rest.dropFirst(8 + length)
        guard integer(rest.prefix(4)) == Int(checksum(content)) else { throw .malformed("checksum") }
        rest = rest.dropFirst(4)
        return (String(decoding: content.prefix(4), as: UTF8.self), content.dropFirst(4))
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
