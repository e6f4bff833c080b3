#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file that holds a key in its first line that is not blank: a regular file, or a pipe, as shells make for `<(pass show kie)`.
enum KeyFile {
    /// How long a pipe is given to bring the key.
    static let patience = Duration.seconds(10)
    private static let largest = 64 * 1024

    /// Reads the key. Blocks.
    ///
    /// - Throws: `missingCredentials`, with the file's name and without what is in it.
    static func key(in file: String, patience: Duration) throws(CoverError) -> APIKey {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try contents(of: file, patience) } catch {
            let reason =
                switch error.code {
                case ETIMEDOUT: "nothing came through the pipe in time"
                case ENODEV: "it is neither a file nor a pipe"
                default: error.reason
                }
            throw fault("The key file \(file) cannot be read: \(reason).")
        }
        guard bytes.count <= largest else { throw fault("The key file \(file) is too large to be one.") }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw fault("The key file \(file) is in UTF-16. Save it as UTF-8, or as plain text.")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { !$0.trimmed.isEmpty }) else {
            throw fault("The key file \(file) is empty.")
        }
        do throws(KeyFault) { return try APIKey(checking: String(line)) } catch {
            throw fault("The first line of the key file \(file) is no key: it \(error.phrase).")
        }
    }

    /// Whether a line is there in full that is not blank.
    private static func hasLine(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }) else { return false }
        return bytes[first...].contains(UInt8(ascii: "\n"))
    }

    private static func fault(_ message: String) -> CoverError { CoverError(.missingCredentials, message) }

    /// One byte more than a key file may have, at the most.
    private static func contents(of path: String, _ patience: Duration) throws(FileError) -> [UInt8] {
        // Opening a pipe does not wait for its writer then.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .current }
        defer { close(descriptor) }
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { throw .current }
        switch information.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO: break
        case S_IFDIR: throw FileError(code: EISDIR)
        default: throw FileError(code: ENODEV)
        }
        let end = ContinuousClock.now + patience
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= largest {
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let rest = max(.zero, end - ContinuousClock.now).wholeMilliseconds
            let ready = unsafe poll(&event, 1, Int32(clamping: rest))
            if ready < 0, errno == EINTR { continue }
            guard ready != 0 else { throw FileError(code: ETIMEDOUT) }
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw .current }
            if count == 0 { break }
            bytes += buffer.prefix(count)
            // Whoever writes into a pipe may keep it open.
            if information.st_mode & S_IFMT == S_IFIFO, hasLine(bytes) { break }
        }
        return bytes
    }
}
