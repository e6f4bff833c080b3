internal import Zlib

/// Unpacks the compressed pixels of a PNG line by line. The compressed bytes may be in several pieces.
struct Inflater: ~Copyable {
    private let stream: InflateStream
    private var pieces: ArraySlice<ArraySlice<UInt8>>
    private var isOver = false

    /// - Parameter pieces: the compressed bytes, in order.
    init(_ pieces: [ArraySlice<UInt8>]) throws(PNGError) {
        do throws(InflateError) { stream = try InflateStream(.zlib) } catch { throw .malformed("zlib cannot start") }
        self.pieces = pieces[...]
    }

    /// Fills the whole of `output` with the next unpacked bytes.
    mutating func fill(_ output: inout [UInt8]) throws(PNGError) {
        var filled = 0
        while filled < output.count {
            guard !isOver, let piece = pieces.first else { throw .malformed("too few pixels") }
            let step: InflateStream.Step
            do throws(InflateError) { step = try stream.step(piece, into: &output, from: filled) } catch {
                throw .malformed("zlib")
            }
            filled += step.made
            isOver = step.isOver
            pieces[pieces.startIndex] = piece.dropFirst(step.used)
            if step.used == piece.count { pieces.removeFirst() }
        }
    }
}
