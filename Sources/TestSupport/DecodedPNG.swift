/// Reads a PNG with one stored block. It checks each length and each checksum with code that is independent of the
/// writer.
package struct DecodedPNG {
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    package let width: Int
    package let height: Int
    package let scanlines: [UInt8]

    package init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        guard Self.take(8, from: &rest) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else {
            throw Fault(description: "signature")
        }
        var chunks: [(type: String, data: [UInt8])] = []
        while !rest.isEmpty {
            let length = Self.integer(Self.take(4, from: &rest))
            let body = Self.take(4 + length, from: &rest)
            let type = String(decoding: body.prefix(4), as: UTF8.self)
            guard Self.integer(Self.take(4, from: &rest)) == Self.crc(body) else {
                throw Fault(description: "CRC of \(type)")
            }
            chunks.append((type, Array(body.dropFirst(4))))
        }
        guard chunks.map(\.type) == ["IHDR", "IDAT", "IEND"], chunks[2].data.isEmpty else {
            throw Fault(description: "chunks")
        }
        let header = chunks[0].data
        guard header.count == 13, Array(header.suffix(5)) == [8, 2, 0, 0, 0] else { throw Fault(description: "IHDR") }
        width = Self.integer(Array(header[0..<4]))
        height = Self.integer(Array(header[4..<8]))

        let zlib = chunks[1].data
        guard zlib[0] & 0xF == 8, (Int(zlib[0]) << 8 | Int(zlib[1])) % 31 == 0, zlib[2] == 1 else {
            throw Fault(description: "zlib header")
        }
        let length = Int(zlib[3]) | Int(zlib[4]) << 8
        let complement = Int(zlib[5]) | Int(zlib[6]) << 8
        guard length ^ complement == 0xFFFF, zlib.count == length + 11 else { throw Fault(description: "stored block") }
        scanlines = Array(zlib[7..<7 + length])
        let sums = scanlines.reduce((1, 0)) { sums, byte in
            let low = (sums.0 + Int(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        guard Self.integer(Array(zlib.suffix(4))) == sums.1 * 65_536 + sums.0 else {
            throw Fault(description: "Adler-32")
        }
    }

    private static func take(_ count: Int, from bytes: inout ArraySlice<UInt8>) -> [UInt8] {
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    private static func integer(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    /// Computes the CRC by a polynomial division, bit by bit, beginning with the highest coefficient. The writer uses
    /// another method.
    private static func crc(_ bytes: [UInt8]) -> Int {
        var remainder: UInt64 = 0
        for (position, byte) in (bytes + [0, 0, 0, 0]).enumerated() {
            let byte = position < 4 ? ~byte : byte
            for bit in 0..<8 {
                remainder = remainder << 1 | UInt64(byte >> bit & 1)
                if remainder >> 32 & 1 == 1 { remainder ^= 0x1_04C1_1DB7 }
            }
        }
        let reversed = (0..<32).reduce(0) { $0 | Int(remainder >> $1 & 1) << (31 - $1) }
        return reversed ^ 0xFFFF_FFFF
    }
}
