#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The three standard descriptors of a process whose standard output belongs to a protocol.
public enum StandardStreams {
    /// Takes standard input and output for a protocol; to be called before anything else runs.
    ///
    /// Standard output is duplicated for the transport, and descriptor 1 is pointed at standard error: whatever a library prints, no
    /// byte of it reaches the protocol. What was closed is opened first (``openMissing()``). `SIGPIPE` is ignored: a peer that is gone
    /// is an error of `write`.
    ///
    /// - Throws: ``TransportError`` where the process has no descriptors left.
    public static func claim() throws(TransportError) -> DescriptorTransport {
        signal(SIGPIPE, SIG_IGN)
        try openMissing()
        // Above the standard three, and not for children.
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        guard output >= 0 else { throw TransportError(code: errno, operation: "dup") }
        guard dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { throw TransportError(code: errno, operation: "dup2") }
        return DescriptorTransport(input: STDIN_FILENO, output: output)
    }

    /// Opens what of the three was closed when the process began, so that no file or socket can take its number.
    ///
    /// They are opened the wrong way round, for writing where the process reads, so that using them fails at once. Without `/dev/null`
    /// the root folder does the same.
    ///
    /// - Throws: ``TransportError`` where neither can be opened.
    public static func openMissing() throws(TransportError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            var opened = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
            if opened < 0 { opened = unsafe open("/", O_RDONLY) }
            guard opened == descriptor else { throw TransportError(code: errno, operation: "open /dev/null") }
        }
    }
}
