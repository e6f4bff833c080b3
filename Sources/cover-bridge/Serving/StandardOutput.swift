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

/// Standard output of the commands that print text for people. `serve` must not write text here, because its standard
/// output carries the protocol.
enum StandardOutput {
    private static let writer = PollingWriter(STDOUT_FILENO)

    /// - Throws: ``Failure`` if it cannot be written, for example because the process was started without it.
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

    /// Writes a text at once. If the reader is gone, the process ends without a message and with the exit code of
    /// SIGPIPE. If the text cannot be written for another reason, such as a full disk, the process ends with a failure.
    ///
    /// - Parameter loss: a line for stderr if the text cannot be written.
    static func write(_ text: String, ifLost loss: String? = nil) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard writer.isReady() || writer.waitUntilReady() else { endProcess(with: .interrupted) }
            let written = writer.writePiece(of: rest)
            if written >= 0 {
                rest = rest.dropFirst(written)
                continue
            }
            switch errno {
            // EAGAIN means that another process has made the shared pipe or terminal non-blocking.
            case EINTR, EAGAIN: break
            case let code:
                if let loss { StandardError.conclude("cover-bridge: \(loss)\n") }
                if code == EPIPE { endProcess(with: .readerGone) }
                failure(code).exit()
            }
        }
    }

    static func write(lines: [String]) { write(lines.map { $0 + "\n" }.joined()) }
}
