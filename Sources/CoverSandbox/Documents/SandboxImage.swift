/// An image of a cover. The image has eight by eight fields in two colours. The colours are the bits of a hash of the
/// task's id and the index.
struct SandboxImage: Hashable {
    let taskID: String
    /// The number of the image, counted from 1.
    let index: Int

    init(taskID: String, index: Int) {
        self.taskID = taskID
        self.index = index
    }

    /// - Parameter fileName: the name in the URL. The result is nil if this is not the name of an image.
    init?(fileName: some StringProtocol) {
        let name = PercentCoding.decode(fileName)
        guard name.hasSuffix(".png"), let dash = name.lastIndex(of: "-"), dash > name.startIndex else { return nil }
        let digits = name[name.index(after: dash)...].dropLast(4)
        guard let index = Int(digits), index > 0, String(index) == digits else { return nil }
        self.init(taskID: String(name[..<dash]), index: index)
    }

    /// The name of the file: the percent-encoded id, and the index. The name is one component of a path, so an id such
    /// as `..` does no harm.
    var fileName: String { "\(PercentCoding.encode(taskID))-\(index).png" }

    /// The address of the image on the sandbox with this port.
    func address(port: Int) -> String { "http://127.0.0.1:\(port)/images/\(fileName)" }

    /// The image as a PNG, 64 by 64 pixels in RGB.
    var png: [UInt8] {
        let fields = StableHash.hash("\(taskID)/\(index)")
        let colours = StableHash.hash("\(index)/\(taskID)")
        let side = 64
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * (side * 3 + 1))
        for row in 0..<side {
            pixels.append(0)  // no filter
            for column in 0..<side {
                let isSet = fields >> UInt64(row / 8 * 8 + column / 8) & 1 == 1
                let colour = isSet ? colours | 0x80_8080 : colours >> 24 & 0x7F_7F7F
                for shift: UInt64 in [16, 8, 0] { pixels.append(UInt8(truncatingIfNeeded: colour >> shift)) }
            }
        }
        return PNG.file(width: side, height: side, scanlines: pixels)
    }
}
