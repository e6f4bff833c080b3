#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    import Darwin
#endif

/// A transport over two file descriptors: pipes, sockets, terminals or files.
///
/// The transport never makes the descriptors non-blocking, because the parent process shares their open file
/// descriptions.
public struct DescriptorTransport: Transport {
    private let input: Int32
    let output: Int32
    private let outputKind: OutputKind

    /// - Parameters:
    ///   - input: the descriptor to read from.
    ///   - output: the descriptor to write to.
    public init(input: Int32, output: Int32) {
        self.init(input: input, output: output, OutputKind(of: output))
    }

    init(input: Int32, output: Int32, _ outputKind: OutputKind) {
        self.input = input
        self.output = output
        self.outputKind = outputKind
    }

    /// Blocks until bytes arrive, and reads them.
    ///
    /// - Returns: how many bytes were read; 0 at the end of the input.
    /// - Throws: ``TransportError``.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int {
        while true {
            let count = unsafe systemRead(input, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EIO: return 0  // a terminal that hung up
            case EAGAIN: wait(input, POLLIN)
            default: throw TransportError(code: errno, operation: "read")
            }
        }
    }

    /// Blocks until the peer accepts at least one byte, and writes what it accepts.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: ``TransportError``.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        while true {
            let count = unsafe systemWrite(output, bytes.baseAddress, bytes.count)
            if count >= 0 { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN: wait(output, POLLOUT)
            default: throw TransportError(code: errno, operation: "write")
            }
        }
    }

    /// Writes what the output accepts at once, and never blocks.
    ///
    /// - Returns: how many bytes were written.
    /// - Throws: ``TransportError``.
    public func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        let count: Int
        switch outputKind {
        case .pipe(let own):
            count = unsafe own.write(bytes)
        case .sharedPipe:
            // POSIX promises that `poll` reports a pipe as writable only if `PIPE_BUF` bytes fit. So no more than
            // `PIPE_BUF` bytes are written at once.
            guard wait(output, POLLOUT, milliseconds: 0) else { return 0 }
            count = unsafe systemWrite(output, bytes.baseAddress, min(bytes.count, Int(PIPE_BUF)))
        case .socket:
            count = unsafe send(output, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        case .other:
            return 0
        }
        if count >= 0 { return count }
        switch errno {
        case EINTR, EAGAIN: return 0
        default: throw TransportError(code: errno, operation: "write")
        }
    }

    /// Whether a read would return at once.
    public var hasInput: Bool { wait(input, POLLIN, milliseconds: 0) }

    /// This method does not close the two descriptors. Another thread may be reading from one of them, and a new file
    /// could get the same number at that moment.
    public func close() {
        if case .pipe(let own) = outputKind { own.close() }
    }

    /// Waits until a descriptor is ready. This is needed because another process may have made the shared descriptor
    /// non-blocking.
    @discardableResult
    private func wait(_ descriptor: Int32, _ event: Int32, milliseconds: Int32 = -1) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) == 1
    }
}

// The methods above hide the system functions of the same names.
private let systemRead = unsafe read
private let systemWrite = unsafe write
