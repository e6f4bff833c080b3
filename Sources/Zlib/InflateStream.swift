internal import CZlib

/// One compressed stream. zlib unpacks it piece by piece, so that a small input cannot use more memory than its reader
/// can give.
@safe package struct InflateStream: ~Copyable {
    /// What surrounds the compressed data. The numbers are zlib's.
    package enum Format: Int32, Sendable {
        /// RFC 1950.
        case zlib = 15
        /// RFC 1952, one member.
        case gzip = 31
        /// RFC 1951, with nothing around the data.
        case raw = -15
    }

    /// The result of one call.
    package struct Step: Sendable {
        /// How many bytes of the input were read.
        package let used: Int
        /// How many bytes of output were written.
        package let made: Int
        /// Whether the compressed data has ended.
        package let isOver: Bool
    }

    // zlib stores the address of its stream, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    package init(_ format: Format) throws(InflateError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe czlib_inflate_init(stream, format.rawValue) == Z_OK else { throw .cannotStart }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Unpacks as much of `input` as fits into `output` behind `start`.
    ///
    /// A step that reads and writes nothing needs more input, or more room.
    package func step(
        _ input: ArraySlice<UInt8>,
        into output: inout [UInt8],
        from start: Int = 0
    ) throws(InflateError) -> Step {
        let (used, made, code) = unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in unsafe step(input, output, start) }
        }
        switch code {
        // No progress was possible, for example with an empty input. The next call may succeed.
        case Z_OK, Z_BUF_ERROR: return Step(used: used, made: made, isOver: false)
        case Z_STREAM_END: return Step(used: used, made: made, isOver: true)
        default: throw .damaged
        }
    }

    private func step(
        _ input: UnsafeBufferPointer<UInt8>,
        _ output: UnsafeMutableBufferPointer<UInt8>,
        _ start: Int
    ) -> (used: Int, made: Int, code: Int32) {
        // By its type, zlib may write to its input. But zlib only reads the input.
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

package enum InflateError: Error, Sendable {
    /// The system has no memory.
    case cannotStart
    /// The input is not valid compressed data.
    case damaged
}
