/// Chooses a few colours to represent all colours of a picture. The colours begin in one box. Again and again, the box
/// with the largest gain is cut at its median, until there are enough boxes (Heckbert 1982).
struct MedianCut {
    /// The chosen colours. Each of red, green and blue is from 0 to 255.
    private(set) var colors: [SIMD3<Int32>] = []

    /// A colour with five bits per channel, and the number of its pixels.
    private struct Entry {
        var color: SIMD3<Int32>
        var count: Int
    }

    private struct Box {
        var entries: [Entry]
        var axis = 0
        /// The benefit of a cut: the spread along the longest axis, times the number of pixels.
        var gain = 0

        init(_ entries: [Entry]) {
            self.entries = entries
            var (low, high) = (SIMD3<Int32>(repeating: 255), SIMD3<Int32>(repeating: 0))
            for entry in entries {
                low = pointwiseMin(low, entry.color)
                high = pointwiseMax(high, entry.color)
            }
            let spread = high &- low
            for candidate in 1...2 where spread[candidate] > spread[axis] { axis = candidate }
            gain = Int(spread[axis]) * entries.reduce(0) { $0 + $1.count }
        }

        /// Cuts the box into two boxes with about the same number of pixels.
        func cut() -> (Box, Box) {
            let sorted = entries.sorted { $0.color[axis] < $1.color[axis] }
            let half = sorted.reduce(0) { $0 + $1.count } / 2
            var (seen, place) = (sorted[0].count, 1)
            while place < sorted.count - 1, seen < half {
                seen += sorted[place].count
                place += 1
            }
            return (Box(Array(sorted[..<place])), Box(Array(sorted[place...])))
        }

        var mean: SIMD3<Int32> {
            var (sum, count) = (SIMD3<Int>(repeating: 0), 0)
            for entry in entries {
                sum &+= SIMD3<Int>(truncatingIfNeeded: entry.color) &* entry.count
                count += entry.count
            }
            return SIMD3(truncatingIfNeeded: (sum &+ count / 2) / max(1, count))
        }
    }

    /// - Parameter limit: the largest number of colours, 1 or more.
    init(_ picture: Picture, limit: Int) {
        var counts: [SIMD3<Int32>: Int] = [:]
        for pixel in picture.pixels where pixel.isOpaque { counts[pixel.lights, default: 0] += 1 }
        if counts.count > limit { counts = Self.coarse(counts) }
        var boxes = [Box(Self.sorted(counts))]
        while boxes.count < limit, let next = boxes.indices.max(by: { boxes[$0].gain < boxes[$1].gain }),
            boxes[next].gain > 0
        {
            let (first, second) = boxes[next].cut()
            boxes[next] = first
            boxes.append(second)
        }
        colors = boxes.filter { !$0.entries.isEmpty }.map(\.mean)
    }

    /// The colours in a fixed order, so that the same picture always gives the same result.
    private static func sorted(_ counts: [SIMD3<Int32>: Int]) -> [Entry] {
        func rank(_ color: SIMD3<Int32>) -> Int32 { color.x << 16 | color.y << 8 | color.z }
        return counts.map { Entry(color: $0.key, count: $0.value) }.sorted { rank($0.color) < rank($1.color) }
    }

    /// The colours rounded to steps of eight. There are at most 32,768 such colours.
    private static func coarse(_ counts: [SIMD3<Int32>: Int]) -> [SIMD3<Int32>: Int] {
        var result: [SIMD3<Int32>: Int] = [:]
        for (color, count) in counts { result[(color &>> 3) &<< 3 &+ 4, default: 0] += count }
        return result
    }
}

extension Pixel {
    var lights: SIMD3<Int32> { SIMD3(Int32(red), Int32(green), Int32(blue)) }

    /// Whether the pixel is drawn. Sixel has no partial transparency.
    var isOpaque: Bool { alpha >= 128 }
}
