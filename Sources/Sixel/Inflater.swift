internal import CZlib

/// A zlib stream (RFC 1950) that is unpacked piece by piece, so that a small file cannot ask for more memory than its reader has.
@safe struct Inflater: ~Copyable {
    // zlib remembers where its stream lies, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var pieces: ArraySlice<ArraySlice<UInt8>>
    private var isOver = false

    /// - Parameter pieces: the packed bytes, in order.
    init(_ pieces: [ArraySlice<UInt8>]) throws(PNGError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        self.pieces = pieces[...]
        guard unsafe czlib_inflate_init(stream) == Z_OK else { throw .malformed("zlib cannot start") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Fills the whole of `output` with the bytes that come next.
    mutating func fill(_ output: inout [UInt8]) throws(PNGError) {
        var filled = 0
        while filled < output.count {
            guard !isOver, let piece = pieces.first else { throw .malformed("too few pixels") }
            let (used, made, code) = unsafe piece.withUnsafeBufferPointer { input in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    unsafe step(input, output, from: filled)
                }
            }
            filled += made
            pieces[pieces.startIndex] = piece.dropFirst(used)
            if used == piece.count { pieces.removeFirst() }
            switch code {
            case Z_OK: break
            case Z_STREAM_END: isOver = true
            // Nothing could be done, as with an empty piece; the next one may help.
            case Z_BUF_ERROR where used == piece.count: break
            default: throw .malformed("zlib")
            }
        }
    }

    private func step(
        _ input: UnsafeBufferPointer<UInt8>,
        _ output: UnsafeMutableBufferPointer<UInt8>,
        from start: Int
    ) -> (used: Int, made: Int, code: Int32) {
        // zlib reads from what it cannot promise not to write to.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.advanced(by: start)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count - start)
        let code = unsafe inflate(stream, Z_NO_FLUSH)
        return unsafe (
            input.count - Int(stream.pointee.avail_in), output.count - start - Int(stream.pointee.avail_out), code
        )
    }
}

/// The checksum of PNG's chunks.
func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
}
