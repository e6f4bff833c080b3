#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    import Darwin
#endif

/// A transport over two file descriptors: pipes, sockets, terminals or files.
///
/// It never makes them non-blocking: the parent shares their open file descriptions.
public struct DescriptorTransport: Transport {
    private let input: Int32
    let output: Int32
    private let outputKind: OutputKind

    public init(input: Int32, output: Int32) {
        self.init(input: input, output: output, OutputKind(of: output))
    }

    init(input: Int32, output: Int32, _ outputKind: OutputKind) {
        self.input = input
        self.output = output
        self.outputKind = outputKind
    }

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

    public func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        let count: Int
        switch outputKind {
        case .pipe(let own):
            count = unsafe own.write(bytes)
        case .sharedPipe:
            // POSIX promises that `poll` reports a pipe as writable only where `PIPE_BUF` bytes fit. More cannot be known.
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

    public var hasInput: Bool { wait(input, POLLIN, milliseconds: 0) }

    /// Closes none of the two descriptors: one that another thread reads cannot be closed without a race for its number.
    public func close() {
        if case .pipe(let own) = outputKind { own.close() }
    }

    /// A descriptor may have been made non-blocking by whoever shares it; then waiting is up to us.
    @discardableResult
    private func wait(_ descriptor: Int32, _ event: Int32, milliseconds: Int32 = -1) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) == 1
    }
}

// The methods above hide the functions of the same name.
private let systemRead = unsafe read
private let systemWrite = unsafe write
