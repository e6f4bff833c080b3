#if canImport(Glibc)
    internal import CLinux
    internal import Glibc
#elseif canImport(Musl)
    internal import CLinux
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
    #if os(Linux)
        /// How much the output holds where it is a pipe; -1 where it is something else.
        private let pipeBytes: Int
    #endif

    public init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
        #if os(Linux)
            pipeBytes = Int(clinux_pipe_bytes(output))
        #endif
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

    /// POSIX promises that `poll` reports a pipe as writable only where `PIPE_BUF` bytes fit; Linux also tells how full the pipe is.
    public var room: Int {
        if let free = freePipeBytes, free >= Int(PIPE_BUF) { return free }
        return wait(output, POLLOUT, milliseconds: 0) ? Int(PIPE_BUF) : 0
    }

    public var hasInput: Bool { wait(input, POLLIN, milliseconds: 0) }

    /// A pipe on Linux is a ring of pages. Bytes that wait to be read fill whole ones, but for the first and the last.
    private var freePipeBytes: Int? {
        #if os(Linux)
            guard pipeBytes > 0 else { return nil }
            var unread: Int32 = 0
            guard unsafe ioctl(output, UInt(FIONREAD), &unread) == 0 else { return nil }
            let page = Int(PIPE_BUF)
            return pipeBytes - (Int(unread) / page + 2) * page
        #else
            return nil
        #endif
    }

    /// Nothing: a descriptor that another thread reads cannot be closed without a race for its number.
    public func close() {}

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
