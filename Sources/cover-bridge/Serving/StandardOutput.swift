import CoverAPI
import CoverModel
import CoverTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output of the commands for people. `serve` has it taken away.
enum StandardOutput {
    private static let writer = PollingWriter(STDOUT_FILENO)

    /// - Throws: a ``Failure`` where nothing can be written, as when the process was started without a standard output.
    static func check() throws(Failure) {
        guard fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE == O_RDONLY else { return }
        throw failure(EBADF)
    }

    private static func failure(_ code: Int32) -> Failure {
        let reason = FileError(code: code).reason
        return Failure(
            code: code == EBADF ? .failed : .outputLost,
            message: "cannot write the output: \(reason). Send it elsewhere."
        )
    }

    /// Writes a text at once. Where the reader went away, the process ends without a word, and as by SIGPIPE: what it was to say did
    /// not arrive. What cannot be kept for another reason, as on a full disk, is a failure.
    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard writer.isReady() || writer.waitUntilReady() else { endProcess(with: .interrupted) }
            let written = writer.writePiece(of: rest)
            if written >= 0 {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            // EAGAIN: another process that has the same pipe or terminal made it non-blocking.
            case EINTR, EAGAIN: break
            case EPIPE: endProcess(with: .readerGone)
            case let code: failure(code).exit()
            }
        }
    }

    static func write(lines: [String]) { write(lines.map { $0 + "\n" }.joined()) }
}
