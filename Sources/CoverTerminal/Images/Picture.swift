/// A pixel: red, green, blue and opacity, each from 0 to 255.
package struct Pixel: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8
    package var alpha: UInt8

    package init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8 = 255) {
        (self.red, self.green, self.blue, self.alpha) = (red, green, blue, alpha)
    }
}

/// A picture as rows of pixels.
package struct Picture: Equatable, Sendable {
    package let width: Int
    package let height: Int
    /// The pixels, row by row, from the top left.
    package private(set) var pixels: [Pixel]

    package init(width: Int, height: Int, pixels: [Pixel]) {
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// Decodes a PNG, and shrinks it in proportion if it is larger than the limit.
    ///
    /// The decoder needs memory only for the small picture and for two rows of the large one.
    package init(png bytes: [UInt8], fitting limit: (width: Int, height: Int)) throws(PNGError) {
        let file = try PNGFile(bytes)
        var scaler = BoxScaler(width: file.width, height: file.height, fitting: limit)
        try file.forEachRow { scaler.add($0) }
        self.init(width: scaler.width, height: scaler.height, pixels: scaler.pixels)
    }
}
