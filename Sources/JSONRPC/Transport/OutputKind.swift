#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The kind of an output, as far as it matters for writing without waiting.
enum OutputKind: Sendable {
    /// A pipe that this process has opened a second time, in non-blocking mode.
    case pipe(OwnPipe)
    /// A pipe that this process cannot open: it belongs to another user, or the system has no `/proc`.
    case sharedPipe
    case socket
    /// A terminal or a file. How much it accepts at once is unknown.
    case other

    init(of output: Int32) {
        var status = stat()
        guard unsafe fstat(output, &status) == 0 else {
            self = .other
            return
        }
        switch status.st_mode & mode_t(S_IFMT) {
        case mode_t(S_IFIFO): self = OwnPipe(opening: output).map(Self.pipe) ?? .sharedPipe
        case mode_t(S_IFSOCK): self = .socket
        default: self = .other
        }
    }
}
