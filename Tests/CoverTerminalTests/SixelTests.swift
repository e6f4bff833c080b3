import TestSupport
import Testing

@testable import CoverSandbox
@testable import CoverTerminal

struct SixelTests {
    private func picture(width: Int, height: Int, seed: UInt64, transparent: Bool = false) -> Picture {
        var generator = SeededGenerator(seed: seed)
        let pixels = (0..<width * height).map { place in
            // Like a photograph, the picture changes smoothly and has a little noise.
            let (column, row) = (place % width, place / width)
            func light(_ base: Int) -> UInt8 { UInt8((base + Int.random(in: 0...9, using: &generator)) % 256) }
            return Pixel(
                red: light(column * 240 / width),
                green: light(row * 240 / height),
                blue: light((column + row) * 240 / (width + height)),
                alpha: transparent && Bool.random(using: &generator) ? 0 : 255
            )
        }
        return Picture(width: width, height: height, pixels: pixels)
    }

    @Test(arguments: [(1, 1), (5, 6), (40, 7), (64, 64), (300, 13)], [2, 16, 256])
    func writtenPicturesAreReadBack(size: (Int, Int), colors: Int) throws {
        let indexed = IndexedPicture(
            picture(width: size.0, height: size.1, seed: 4, transparent: size.0 % 2 == 0),
            colors: colors
        )
        #expect(indexed.palette.count <= colors)
        let drawn = try #require(DrawnSixels(indexed.sixels))
        #expect(drawn.size == size)
        for (index, color) in indexed.palette.enumerated() {
            #expect(drawn.colors[index] == [Int(color.x), Int(color.y), Int(color.z)])
        }
        for (place, index) in indexed.indices.enumerated() {
            #expect(drawn.dots[[place / size.0, place % size.0]] == index)
        }
        #expect(drawn.dots.count == indexed.indices.count { $0 != nil })
    }

    @Test func fewColorsStayUnchanged() throws {
        let picture = try Picture(png: SandboxImage(taskID: "success-6s", index: 1).png, fitting: (64, 64))
        let indexed = IndexedPicture(picture, colors: 256)
        #expect(indexed.palette.count == 2)
        for (pixel, index) in zip(picture.pixels, indexed.indices) {
            let color = try #require(index.map { indexed.palette[$0] })
            let shown = color &* 255 / 100
            let error = shown &- pixel.lights
            #expect(error.max() <= 3 && error.min() >= -3)
        }
    }

    /// A picture keeps its colours as a whole. The mean colour of each field of 16 by 16 dots stays close to the
    /// original.
    @Test(arguments: [(256, 3), (16, 12)]) func coloursStaySimilarOverall(colors: Int, tolerance: Int32) {
        let picture = picture(width: 64, height: 64, seed: 9)
        let indexed = IndexedPicture(picture, colors: colors)
        for field in 0..<16 {
            var error = SIMD3<Int32>.zero
            for place in 0..<256 {
                let index = (field / 4 * 16 + place / 16) * 64 + field % 4 * 16 + place % 16
                let shown = indexed.indices[index].map { indexed.palette[$0] &* 255 / 100 } ?? .zero
                error = error &+ shown &- picture.pixels[index].lights
            }
            let mean = error / 256
            #expect(mean.max() <= tolerance && mean.min() >= -tolerance)
        }
    }

    @Test func equalColumnsAreCounted() {
        let picture = Picture(
            width: 200,
            height: 6,
            pixels: Array(repeating: Pixel(red: 255, green: 0, blue: 0), count: 1200)
        )
        #expect(IndexedPicture(picture, colors: 16).sixels == "\u{1B}P0;1;0q\"1;1;200;6#0;2;100;0;0#0!200~\u{1B}\\")
    }

    @Test func aTransparentPictureDrawsNothing() {
        let picture = Picture(
            width: 2,
            height: 7,
            pixels: Array(repeating: Pixel(red: 1, green: 1, blue: 1, alpha: 0), count: 14)
        )
        #expect(IndexedPicture(picture, colors: 16).sixels == "\u{1B}P0;1;0q\"1;1;2;7-\u{1B}\\")
    }

    @Test func thePaletteIsAlwaysTheSame() {
        let picture = picture(width: 50, height: 50, seed: 1)
        #expect(MedianCut(picture, limit: 37).colors == MedianCut(picture, limit: 37).colors)
        #expect(MedianCut(picture, limit: 37).colors.count == 37)
    }
}
