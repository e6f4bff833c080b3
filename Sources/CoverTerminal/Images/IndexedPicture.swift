/// A picture with few colours.
package struct IndexedPicture: Equatable, Sendable {
    package let width: Int
    package let height: Int
    /// The colours. Each of red, green and blue is in percent, as sixel needs.
    package private(set) var palette: [SIMD3<Int32>]
    /// The palette index of each pixel; nil for a transparent pixel.
    package private(set) var indices: [Int?]

    /// Reduces a picture to at most `limit` colours (1 or more). The error of each pixel is spread over its neighbours
    /// (Floyd and Steinberg 1976).
    package init(_ picture: Picture, colors limit: Int) {
        (width, height) = (picture.width, picture.height)
        let colors = MedianCut(picture, limit: limit).colors
        palette = colors.map { ($0 &* 100 &+ 127) / 255 }
        indices = []
        indices.reserveCapacity(picture.pixels.count)
        var nearest = NearestColor(colors)
        // The colour errors to add to the pixels of a row, in sixteenths. There is one extra column at each end.
        var debt = [SIMD3<Int32>](repeating: .zero, count: width + 2)
        for row in 0..<height {
            var below = [SIMD3<Int32>](repeating: .zero, count: width + 2)
            for column in 0..<width {
                let pixel = picture.pixels[row * width + column]
                guard pixel.isOpaque else {
                    indices.append(nil)
                    continue
                }
                let wanted = (pixel.lights &+ debt[column + 1] / 16).clamped(
                    lowerBound: SIMD3(repeating: 0),
                    upperBound: SIMD3(repeating: 255)
                )
                let index = nearest.index(of: wanted)
                indices.append(index)
                let error = wanted &- colors[index]
                debt[column + 2] &+= error &* 7
                below[column] &+= error &* 3
                below[column + 1] &+= error &* 5
                below[column + 2] &+= error
            }
            debt = below
        }
    }
}

/// Finds the nearest colour, and caches the results.
private struct NearestColor {
    private let colors: [SIMD3<Int32>]
    private var known: [SIMD3<Int32>: Int] = [:]

    init(_ colors: [SIMD3<Int32>]) { self.colors = colors }

    mutating func index(of color: SIMD3<Int32>) -> Int {
        if let index = known[color] { return index }
        var (best, least) = (0, Int32.max)
        for (index, candidate) in colors.enumerated() {
            let difference = candidate &- color
            let distance = (difference &* difference).wrappedSum()
            if distance < least { (best, least) = (index, distance) }
        }
        known[color] = best
        return best
    }
}
