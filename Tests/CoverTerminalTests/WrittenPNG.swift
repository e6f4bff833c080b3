import CZlib
import TestSupport

/// Writes PNG files of every supported kind. A seed chooses the filters and the chunks.
struct WrittenPNG {
    var width: Int
    var height: Int
    var color: UInt8
    /// The samples of all rows, from the top row to the bottom row, with one byte per sample.
    var samples: [UInt8]
    var bitDepth: UInt8 = 8
    var interlacing: UInt8 = 0
    /// The chunks that come before the chunk of the pixels.
    var chunks: [(type: String, body: [UInt8])] = []

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    func file(seed: UInt64 = 0, pieces: Int = 1) -> [UInt8] {
        let data = Self.packed(filtered(seed: seed))
        let length = (data.count + pieces - 1) / pieces
        let parts = stride(from: 0, to: data.count, by: length).map { Array(data[$0..<min($0 + length, data.count)]) }
        let header = Self.integer(UInt32(width)) + Self.integer(UInt32(height)) + [bitDepth, color, 0, 0, interlacing]
        return Self.file(
            [("IHDR", header)] + chunks.map { ($0.type, $0.body) } + parts.map { ("IDAT", $0) } + [("IEND", [])]
        )
    }

    static func file(_ chunks: [(String, [UInt8])]) -> [UInt8] {
        signature + chunks.flatMap { chunk($0, $1) }
    }

    static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let content = Array(type.utf8) + body
        let sum = unsafe content.withUnsafeBufferPointer { unsafe UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
        return integer(UInt32(body.count)) + content + integer(sum)
    }

    static func integer(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    static func packed(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        unsafe compress2(&result, &length, bytes, UInt(bytes.count), 6)
        return Array(result.prefix(Int(length)))
    }

    /// The rows as bytes. Each row has a filter of its own.
    private func filtered(seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        let step = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
        let length = width * step
        func sample(_ row: Int, _ place: Int) -> Int {
            row < 0 || place < 0 ? 0 : Int(samples[row * length + place])
        }
        return (0..<height).flatMap { row -> [UInt8] in
            let filter = Int.random(in: 0...4, using: &generator)
            let line = (0..<length).map { place -> UInt8 in
                let (left, above) = (sample(row, place - step), sample(row - 1, place))
                let corner = place < step ? 0 : sample(row - 1, place - step)
                let guess = left + above - corner
                let nearest = [left, above, corner].min { abs(guess - $0) < abs(guess - $1) } ?? 0
                let prediction = [0, left, above, (left + above) / 2, nearest][filter]
                return UInt8(truncatingIfNeeded: sample(row, place) - prediction)
            }
            return [UInt8(filter)] + line
        }
    }
}
