#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The three standard descriptors of a process that speaks a protocol on standard output.
public enum StandardStreams {
    /// Reserves standard input and output for a protocol. Call this before anything else runs.
    ///
    /// The transport gets a duplicate of standard output, and descriptor 1 then refers to standard error. So nothing
    /// that a library prints reaches the protocol. Closed descriptors are opened first (``openMissing()``). `SIGPIPE`
    /// is ignored, so that writing to a peer that is gone fails with an error.
    ///
    /// - Throws: ``TransportError`` if the process has no descriptors left.
    public static func claim() throws(TransportError) -> DescriptorTransport {
        signal(SIGPIPE, SIG_IGN)
        try openMissing()
        // The duplicate gets a number above the standard three, and child processes do not inherit it.
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        guard output >= 0 else { throw TransportError(code: errno, operation: "dup") }
        guard dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { throw TransportError(code: errno, operation: "dup2") }
        return DescriptorTransport(input: STDIN_FILENO, output: output)
    }

    /// Opens each of the three descriptors that was closed when the process began. Otherwise a file or socket could get
    /// its number.
    ///
    /// Each is opened in the wrong direction (for writing if the process reads from it), so that using it fails at
    /// once. If there is no `/dev/null`, the root folder has the same effect.
    ///
    /// - Throws: ``TransportError`` if neither can be opened.
    public static func openMissing() throws(TransportError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            var opened = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
            if opened < 0 { opened = unsafe open("/", O_RDONLY) }
            guard opened == descriptor else { throw TransportError(code: errno, operation: "open /dev/null") }
        }
    }
}
