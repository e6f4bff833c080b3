/// Detects whether an image is complete while its bytes arrive, by following the lengths inside the file. Data behind
/// the end is ignored.
struct ImageEndDetector {
    private enum Field {
        case pngChunk, pngChecksum, webpHeader
        case gifHeader, gifBlock, gifLabel, gifImage, gifCodeSize, gifPart
        case jpegStart, jpegMarker, jpegLength(isScan: Bool)
        /// Compressed data up to the next byte FF, and the byte behind it.
        case jpegScan, jpegScanMarker
        /// The structure is lost: the end cannot be found.
        case lost

        var length: Int {
            switch self {
            case .pngChunk: 8
            case .pngChecksum: 4
            case .webpHeader: 12
            case .gifHeader: 13
            case .gifImage: 9
            case .jpegStart, .jpegMarker, .jpegLength: 2
            case .gifBlock, .gifLabel, .gifCodeSize, .gifPart, .jpegScan, .jpegScanMarker, .lost: 1
            }
        }
    }

    private(set) var isReached = false
    private var field: Field
    private var bytes: [UInt8] = []
    /// How many bytes come before the field.
    private var skipped = 0
    private var isOverAfterSkip = false

    init(_ type: MediaType) {
        switch type {
        case .png:
            field = .pngChunk
            skipped = 8
        case .webp: field = .webpHeader
        case .gif: field = .gifHeader
        case .jpeg: field = .jpegStart
        }
    }

    /// Reads the next bytes of the file. The first bytes are those that showed its type.
    mutating func scan(_ piece: some Collection<UInt8>) {
        var rest = Array(piece)[...]
        while !rest.isEmpty, !isReached {
            if skipped > 0 {
                let count = min(skipped, rest.count)
                rest = rest.dropFirst(count)
                skipped -= count
                if skipped == 0, isOverAfterSkip { isReached = true }
            } else if case .lost = field {
                return
            } else if case .jpegScan = field {
                guard let place = rest.firstIndex(of: 0xFF) else { return }
                rest = rest[(place + 1)...]
                field = .jpegScanMarker
            } else {
                let part = rest.prefix(field.length - bytes.count)
                bytes += part
                rest = rest.dropFirst(part.count)
                if bytes.count == field.length { step() }
            }
        }
    }

    /// Continues behind a complete field.
    private mutating func step() {
        let value = bytes
        bytes = []
        switch field {
        case .pngChunk:
            if value[4...].elementsEqual("IEND".utf8) { return field = .pngChecksum }
            skip(value[..<4].reduce(0) { $0 << 8 | Int($1) } + 4, to: .pngChunk)
        case .pngChecksum: isReached = true
        case .webpHeader:
            skip(max(1, value[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) } - 4), to: .lost)
            isOverAfterSkip = true
        case .gifHeader: skip(Self.colours(value[10]), to: .gifBlock)
        case .gifBlock: stepInGIF(value[0])
        case .gifLabel, .gifCodeSize: field = .gifPart
        case .gifImage: skip(Self.colours(value[8]), to: .gifCodeSize)
        case .gifPart: skip(Int(value[0]), to: value[0] == 0 ? .gifBlock : .gifPart)
        case .jpegStart: field = .jpegMarker
        case .jpegMarker:
            if value[0] == 0xFF { stepInJPEG(value[1]) } else { field = .jpegScan }
        case .jpegLength(let isScan):
            let length = Int(value[0]) << 8 | Int(value[1])
            skip(max(0, length - 2), to: isScan ? .jpegScan : .jpegMarker)
        case .jpegScanMarker:
            // The FF belongs to the data, or marks a restart point.
            if value[0] == 0 || 0xD0...0xD7 ~= value[0] { field = .jpegScan } else { stepInJPEG(value[0]) }
        case .jpegScan, .lost: break
        }
    }

    private mutating func skip(_ count: Int, to next: Field) {
        skipped = count
        field = next
    }

    private mutating func stepInGIF(_ introducer: UInt8) {
        switch introducer {
        case 0x21: field = .gifLabel
        case 0x2C: field = .gifImage
        case 0x3B: isReached = true
        // Some writers leave an empty block.
        case 0: break
        default: field = .lost
        }
    }

    private mutating func stepInJPEG(_ marker: UInt8) {
        switch marker {
        case 0xD9: isReached = true
        // A fill byte.
        case 0xFF: field = .jpegScanMarker
        case 0x01, 0xD0...0xD8: field = .jpegMarker
        default: field = .jpegLength(isScan: marker == 0xDA)
        }
    }

    /// The size of a colour table in bytes, according to the flags before it.
    private static func colours(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }
}
