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
    /// The transport gets a duplicate of standard output. Descriptor 1 then refers to standard error, so text that a
    /// library prints does not reach the peer. Closed descriptors are opened first (``openMissing()``). `SIGPIPE` is
    /// ignored, so that writing to a peer that is gone fails with an error.
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
    /// the number of that descriptor.
    ///
    /// Each of them is opened in the wrong direction, so that any use fails at once. For example, standard input is
    /// opened for writing. The descriptor refers to `/dev/null`, or to the root folder if there is no `/dev/null`.
    ///
    /// - Throws: ``TransportError`` if neither `/dev/null` nor the root folder can be opened.
    public static func openMissing() throws(TransportError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            var opened = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
            if opened < 0 { opened = unsafe open("/", O_RDONLY) }
            guard opened == descriptor else { throw TransportError(code: errno, operation: "open /dev/null") }
        }
    }
}
