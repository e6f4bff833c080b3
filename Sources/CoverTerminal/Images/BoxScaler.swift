/// Shrinks a picture. Each pixel of the small picture is the mean of a box of pixels of the large one. The large
/// picture is read row by row.
struct BoxScaler {
    let width: Int
    let height: Int
    private(set) var pixels: [Pixel] = []

    private let sourceHeight: Int
    private var row = 0
    private var sums: [Sum]
    /// The column of the small picture for each column of the large one.
    private let places: [Int]

    private struct Sum {
        var (red, green, blue, alpha, count) = (0, 0, 0, 0, 0)
    }

    init(width: Int, height: Int, fitting limit: (width: Int, height: Int)) {
        sourceHeight = height
        let (most, mostRows) = (max(1, limit.width), max(1, limit.height))
        if width <= most, height <= mostRows {
            (self.width, self.height) = (width, height)
        } else if width * mostRows > height * most {
            (self.width, self.height) = (most, max(1, height * most / width))
        } else {
            (self.width, self.height) = (max(1, width * mostRows / height), mostRows)
        }
        let narrow = self.width
        places = (0..<width).map { $0 * narrow / width }
        sums = Array(repeating: Sum(), count: narrow)
        pixels.reserveCapacity(self.width * self.height)
    }

    mutating func add(_ line: [Pixel]) {
        for (pixel, place) in zip(line, places) {
            // Each colour is weighted by its opacity, because a transparent pixel has no colour to add.
            let alpha = Int(pixel.alpha)
            sums[place].red += Int(pixel.red) * alpha
            sums[place].green += Int(pixel.green) * alpha
            sums[place].blue += Int(pixel.blue) * alpha
            sums[place].alpha += alpha
            sums[place].count += 1
        }
        row += 1
        guard row * height / sourceHeight > (row - 1) * height / sourceHeight else { return }
        for place in sums.indices {
            let sum = sums[place]
            let weight = max(1, sum.alpha)
            func mean(_ light: Int) -> UInt8 { UInt8((light + weight / 2) / weight) }
            pixels.append(
                Pixel(
                    red: mean(sum.red),
                    green: mean(sum.green),
                    blue: mean(sum.blue),
                    alpha: UInt8(sum.alpha / max(1, sum.count))
                )
            )
            sums[place] = Sum()
        }
    }
}
