import TestSupport
import Testing

@testable import CoverSandbox
@testable import CoverTerminal

struct PNGTests {
    private static let large = (width: 1000, height: 1000)

    private func samples(_ count: Int, seed: UInt64, below limit: UInt8 = 255) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...limit, using: &generator) }
    }

    @Test(arguments: ["success-6s", "", "日本"])
    func theSandboxesPictures(taskID: String) throws {
        let file = SandboxImage(taskID: taskID, index: 1).png
        let other = try DecodedPNG(file)
        let picture = try Picture(png: file, fitting: Self.large)
        #expect((picture.width, picture.height) == (other.width, other.height))
        let bytes = picture.pixels.flatMap { [$0.red, $0.green, $0.blue] }
        let lines = stride(from: 0, to: other.scanlines.count, by: 193).flatMap { other.scanlines[$0 + 1..<$0 + 193] }
        #expect(bytes == lines)
    }

    @Test(arguments: [(0, 1), (2, 3), (4, 2), (6, 4)] as [(UInt8, Int)], [1, 2, 7] as [UInt64])
    func everyFilterAndColorType(color: (type: UInt8, step: Int), seed: UInt64) throws {
        let bytes = samples(13 * 31 * color.step, seed: seed)
        let png = WrittenPNG(width: 13, height: 31, color: color.type, samples: bytes)
        let expected = stride(from: 0, to: bytes.count, by: color.step).map { place -> Pixel in
            let part = Array(bytes[place..<place + color.step])
            return switch color.type {
            case 0: Pixel(red: part[0], green: part[0], blue: part[0])
            case 2: Pixel(red: part[0], green: part[1], blue: part[2])
            case 4: Pixel(red: part[0], green: part[0], blue: part[0], alpha: part[1])
            default: Pixel(red: part[0], green: part[1], blue: part[2], alpha: part[3])
            }
        }
        for pieces in [1, 3, 50] {
            let picture = try Picture(png: png.file(seed: seed, pieces: pieces), fitting: Self.large)
            let isEqual = picture == Picture(width: 13, height: 31, pixels: expected.map(\.seen))
            #expect(isEqual, "\(pieces) pieces")
        }
    }

    @Test func aPaletteAndItsTransparency() throws {
        let png = WrittenPNG(
            width: 3,
            height: 1,
            color: 3,
            samples: [2, 0, 1],
            chunks: [("PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9]), ("tRNS", [0, 99]), ("tEXt", [65, 0, 66])]
        )
        #expect(
            try Picture(png: png.file(), fitting: Self.large).pixels == [
                Pixel(red: 7, green: 8, blue: 9), Pixel(red: 0, green: 0, blue: 0, alpha: 0),
                Pixel(red: 4, green: 5, blue: 6, alpha: 99),
            ]
        )
    }

    @Test func oneTransparentColor() throws {
        let grey = WrittenPNG(width: 2, height: 1, color: 0, samples: [9, 8], chunks: [("tRNS", [0, 8])])
        #expect(try Picture(png: grey.file(), fitting: Self.large).pixels.map(\.alpha) == [255, 0])
        let rgb = WrittenPNG(
            width: 2,
            height: 1,
            color: 2,
            samples: [1, 2, 3, 1, 2, 4],
            chunks: [("tRNS", [0, 1, 0, 2, 0, 3])]
        )
        #expect(try Picture(png: rgb.file(), fitting: Self.large).pixels.map(\.alpha) == [0, 255])
    }

    @Test(arguments: [
        ((64, 64), (64, 64)), ((1000, 10), (100, 1)), ((10, 1000), (1, 100)), ((300, 200), (100, 66)),
        ((101, 100), (100, 99)),
        ((1, 1), (1, 1)), ((16_384, 2), (100, 1)),
    ])
    func largePicturesAreScaledToFit(size: (Int, Int), expected: (Int, Int)) throws {
        let count = size.0 * size.1
        let png = WrittenPNG(width: size.0, height: size.1, color: 0, samples: Array(repeating: 77, count: count))
        let picture = try Picture(png: png.file(), fitting: (100, 100))
        #expect((picture.width, picture.height) == expected)
        #expect(picture.pixels.count == expected.0 * expected.1)
        #expect(Set(picture.pixels) == [Pixel(red: 77, green: 77, blue: 77)])
    }

    @Test func transparentPixelsHaveNoColor() throws {
        let png = WrittenPNG(width: 2, height: 2, color: 4, samples: [10, 255, 200, 0, 30, 255, 200, 0])
        let picture = try Picture(png: png.file(), fitting: (1, 1))
        #expect(picture.pixels == [Pixel(red: 20, green: 20, blue: 20, alpha: 127)])
    }

    @Test(arguments: [
        (WrittenPNG(width: 2, height: 1, color: 0, samples: [1, 2], bitDepth: 16), "unsupported: bit depth"),
        (WrittenPNG(width: 2, height: 1, color: 3, samples: [1, 2], bitDepth: 4), "unsupported: bit depth"),
        (WrittenPNG(width: 2, height: 1, color: 0, samples: [1, 2], interlacing: 1), "unsupported: interlacing"),
        (WrittenPNG(width: 2, height: 1, color: 5, samples: [1, 2]), "malformed: colour type"),
        (WrittenPNG(width: 2, height: 1, color: 3, samples: [0, 0]), "malformed: parts are missing"),
        (
            WrittenPNG(width: 1, height: 1, color: 3, samples: [3], chunks: [("PLTE", [1, 2, 3])]),
            "malformed: palette index"
        ),
        (WrittenPNG(width: 1, height: 1, color: 3, samples: [0], chunks: [("PLTE", [1, 2])]), "malformed: palette"),
        (WrittenPNG(width: 1, height: 1, color: 0, samples: [0], chunks: [("tRNS", [1])]), "malformed: transparency"),
        (WrittenPNG(width: 1, height: 1, color: 0, samples: [0], chunks: [("WHAT", [])]), "unsupported: chunk"),
    ])
    func otherKindsAreRefused(png: WrittenPNG, reason: String) {
        #expect(throws: PNGError(reason: reason)) { try Picture(png: png.file(), fitting: Self.large) }
    }

    /// Files whose header gives a size that is too large or zero, or that does not match the data.
    @Test(arguments: [
        (UInt32(1 << 31), UInt32(1 << 31), "unsupported: size"), (1 << 25, 2, "unsupported: size"),
        (0, 5, "malformed: size"), (UInt32.max, UInt32.max, "unsupported: size"),
        (4000, 4000, "malformed: too few pixels"),
        (1, 1 << 14, "malformed: too few pixels"), (16_385, 1, "unsupported: size"), (8192, 8192, "unsupported: size"),
    ])
    func absurdSizes(width: UInt32, height: UInt32, reason: String) {
        let header = WrittenPNG.integer(width) + WrittenPNG.integer(height) + [8, 6, 0, 0, 0]
        let file = WrittenPNG.file([("IHDR", header), ("IDAT", WrittenPNG.packed([0, 1, 2, 3, 4])), ("IEND", [])])
        #expect(throws: PNGError(reason: reason)) { try Picture(png: file, fitting: Self.large) }
    }

    @Test func aBombIsNotUnpacked() throws {
        // The header allows eight bytes, and the compressed data has fifty million bytes.
        let bomb = WrittenPNG.packed([UInt8](repeating: 0, count: 50_000_000))
        let header = WrittenPNG.integer(1) + WrittenPNG.integer(4) + [8, 0, 0, 0, 0]
        let file = WrittenPNG.file([("IHDR", header), ("IDAT", bomb), ("IEND", [])])
        #expect(try Picture(png: file, fitting: Self.large).pixels.count == 4)
    }

    @Test func eachTruncationAndEachFlippedByteIsFoundOrHarmless() throws {
        let file = WrittenPNG(width: 9, height: 7, color: 6, samples: samples(9 * 7 * 4, seed: 3)).file(
            seed: 5,
            pieces: 3
        )
        for length in file.indices {
            #expect(throws: PNGError.self) { try Picture(png: Array(file[..<length]), fitting: Self.large) }
        }
        for place in file.indices {
            var damaged = file
            damaged[place] ^= 0x40
            #expect(throws: PNGError.self) { try Picture(png: damaged, fitting: Self.large) }
        }
    }

    /// Damages files but gives them correct checksums. So the damage reaches zlib, the filters and the palette.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func damagedPicturesDoNoHarm(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var decoded = 0
        for _ in 0..<200 {
            let color = ([0, 2, 3, 4, 6] as [UInt8]).randomElement(using: &generator) ?? 0
            let size = (
                width: Int.random(in: 1...20, using: &generator), height: Int.random(in: 1...20, using: &generator)
            )
            var header =
                WrittenPNG.integer(UInt32(size.width)) + WrittenPNG.integer(UInt32(size.height)) + [8, color, 0, 0, 0]
            var lines = samples(size.height * (1 + size.width * 4), seed: generator.next(), below: 7)
            for place in stride(from: 0, to: lines.count, by: 1 + size.width) where Bool.random(using: &generator) {
                lines[place] = UInt8.random(in: 0...255, using: &generator)
            }
            var data = WrittenPNG.packed(lines)
            if Bool.random(using: &generator), let place = data.indices.randomElement(using: &generator) {
                data[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if Int.random(in: 0...9, using: &generator) == 0,
                let place = header.indices.randomElement(using: &generator)
            {
                header[place] = UInt8.random(in: 0...255, using: &generator)
            }
            let palette = samples(24, seed: generator.next())
            let file = WrittenPNG.file([
                ("IHDR", header), ("PLTE", palette), ("IDAT", data), ("IDAT", []), ("IEND", []),
            ])
            guard let picture = try? Picture(png: file, fitting: (16, 16)) else { continue }
            decoded += 1
            #expect(picture.pixels.count == picture.width * picture.height)
            #expect(picture.width <= 16 && picture.height <= 16)
        }
        #expect(decoded > 0, "seed \(seed)")
    }
}

extension Pixel {
    /// The pixel as a user sees it. A transparent pixel has no colour.
    fileprivate var seen: Pixel { alpha == 0 ? Pixel(red: 0, green: 0, blue: 0, alpha: 0) : self }
}
