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

/// Reads whole files and standard input.
enum InputFile {
    /// - Throws: the error of the system; `tooLarge` for a file of more than `limit` bytes.
    static func bytes(of path: String, limit: Int) throws(FileError) -> [UInt8] {
        let bytes = try readFile(path, limit: limit + 1)
        guard bytes.count <= limit else { throw .tooLarge }
        return bytes
    }

    /// The webhook key of the sandbox. Its file is read like the file of the bridge's own key.
    ///
    /// - Throws: ``Failure`` with code 2 if there is none.
    static func webhookKey(in path: String) throws(Failure) -> [UInt8] {
        do throws(SecretFile.Fault) {
            return try SecretFile("webhook key", at: path).secret { line throws(KeyFault) in
                Array(try APIKey.text(in: line).utf8)
            }
        } catch {
            throw Failure(code: .usage, message: error.message)
        }
    }

    /// Reads standard input to its end. This works even if another program has made standard input non-blocking.
    ///
    /// - Parameters:
    ///   - content: the expected content, for the error message.
    ///   - limit: the largest number of bytes.
    ///   - files: files that the options name. None of them may be standard input.
    /// - Throws: ``Failure`` with code 2.
    static func standardInput(
        _ content: String,
        limit: Int,
        apartFrom files: [String] = []
    ) throws(Failure) -> [UInt8] {
        try StandardInput.reserve(for: content, apartFrom: files)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += buffer.prefix(count)
                continue
            }
            if errno == EINTR { continue }
            let isEmpty = errno == EAGAIN
            guard isEmpty else {
                throw Failure(code: .usage, message: "cannot read \(content) from stdin: \(FileError.current.reason).")
            }
            var event = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&event, 1, -1)
        }
        throw Failure(code: .usage, message: "cannot read \(content) from stdin: more than \(limit) bytes came.")
    }
}
