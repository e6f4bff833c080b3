import TestSupport

@testable import JSONRPC

/// What a framer has delivered, in a form that tests can compare and store.
enum Framed: Equatable, CustomStringConvertible {
    case message(String)
    case fault(FrameFault)

    var description: String {
        switch self {
        case .message(let text): "message(\(text.prefix(80)))"
        case .fault(let fault): "fault(\(fault))"
        }
    }

    static let malformed = Framed.fault(.malformedHeader(""))

    /// The same result without the phrase that says what is wrong with a header.
    var withoutPhrase: Framed {
        if case .fault(.malformedHeader) = self { .malformed } else { self }
    }
}

/// Gives a stream to a framer and then finishes it. The stream is split before each of the given offsets.
func frames(
    _ stream: [UInt8],
    splitAt offsets: [Int] = [],
    framing: Framing? = nil,
    maximumBytes: Int = 1 << 20
) -> (frames: [Framed], framing: Framing?) {
    var framer = Framer(framing: framing, maximumBytes: maximumBytes)
    var frames: [Framed] = []
    func deliver(_ frame: Frame, _: Framing) {
        switch frame {
        case .message(let bytes): unsafe frames.append(.message(String(decoding: bytes, as: UTF8.self)))
        case .fault(let fault): frames.append(.fault(fault))
        }
    }
    var start = 0
    for end in offsets + [stream.count] {
        unsafe stream[start..<end].withUnsafeBytes { unsafe framer.feed($0, deliver) }
        start = end
    }
    framer.finish(deliver)
    return (frames, framer.framing)
}

func frames(_ text: String, framing: Framing? = nil, maximumBytes: Int = 1 << 20) -> [Framed] {
    frames(Array(text.utf8), framing: framing, maximumBytes: maximumBytes).frames
}

extension SeededGenerator {
    /// Random offsets into a stream, in ascending order.
    mutating func splits(of count: Int) -> [Int] {
        let pieces = Int.random(in: 0...8, using: &self)
        return (0..<pieces).map { _ in Int.random(in: 0...count, using: &self) }.sorted()
    }
}
