extension PNGFile {
    /// Passes each row of pixels to `body`, from top to bottom. At most two rows are in memory at a time.
    func forEachRow(_ body: ([Pixel]) -> Void) throws(PNGError) {
        var inflater = try Inflater(data)
        let step = color.samples
        var line = [UInt8](repeating: 0, count: 1 + width * step)
        var above = line
        var pixels = [Pixel](repeating: Pixel(red: 0, green: 0, blue: 0), count: width)
        for _ in 0..<height {
            try inflater.fill(&line)
            try Self.restore(&line, above: above, step: step)
            for column in 0..<width { pixels[column] = try pixel(line, at: 1 + column * step) }
            body(pixels)
            swap(&line, &above)
        }
    }

    private func pixel(_ line: [UInt8], at place: Int) throws(PNGError) -> Pixel {
        switch color {
        case .grey:
            let grey = line[place]
            return Pixel(red: grey, green: grey, blue: grey, alpha: transparent == [grey] ? 0 : 255)
        case .greyAlpha:
            let grey = line[place]
            return Pixel(red: grey, green: grey, blue: grey, alpha: line[place + 1])
        case .rgb:
            var pixel = Pixel(red: line[place], green: line[place + 1], blue: line[place + 2])
            if let transparent, line[place..<place + 3].elementsEqual(transparent) { pixel.alpha = 0 }
            return pixel
        case .rgbAlpha:
            return Pixel(red: line[place], green: line[place + 1], blue: line[place + 2], alpha: line[place + 3])
        case .palette:
            let index = Int(line[place])
            guard index < palette.count else { throw .malformed("palette index") }
            return palette[index]
        }
    }

    /// Reverses the filter that the first byte of a line names. Filtered samples are differences to neighbouring
    /// samples.
    private static func restore(_ line: inout [UInt8], above: [UInt8], step: Int) throws(PNGError) {
        switch line[0] {
        case 0: break
        case 1: for place in (1 + step)..<line.count { line[place] &+= line[place - step] }
        case 2: for place in 1..<line.count { line[place] &+= above[place] }
        case 3:
            for place in 1..<line.count {
                let left = place > step ? Int(line[place - step]) : 0
                line[place] &+= UInt8((left + Int(above[place])) / 2)
            }
        case 4:
            for place in 1..<line.count {
                let (left, corner) = place > step ? (line[place - step], above[place - step]) : (0, 0)
                line[place] &+= nearest(Int(left), Int(above[place]), Int(corner))
            }
        default: throw .malformed("filter")
        }
        line[0] = 0
    }

    /// Paeth's predictor, which one of the PNG filters uses.
    private static func nearest(_ left: Int, _ above: Int, _ corner: Int) -> UInt8 {
        let guess = left + above - corner
        let (toLeft, toAbove, toCorner) = (abs(guess - left), abs(guess - above), abs(guess - corner))
        if toLeft <= toAbove, toLeft <= toCorner { return UInt8(left) }
        return UInt8(toAbove <= toCorner ? above : corner)
    }
}
