import CoverAPI
import CoverModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Whole files, and standard input.
enum InputFile {
    static func text(of path: String) -> String? { bytes(of: path).map { String(decoding: $0, as: UTF8.self) } }

    /// - Returns: nil where it cannot be read; `errno` says why.
    static func bytes(of path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bytes(from: descriptor)
    }

    /// The first line that is not blank, without blanks around it.
    ///
    /// - Throws: a ``Failure`` with code 2 where there is none.
    static func firstLine(of path: String) throws(Failure) -> [UInt8] {
        guard let bytes = bytes(of: path) else {
            throw Failure(code: .usage, message: "cannot read \(path.displayable): \(FileError.current.reason).")
        }
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }.map { line in
            Array(line.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
        }
        guard let line = lines.first(where: { !$0.isEmpty }) else {
            throw Failure(code: .usage, message: "\(path.displayable) is empty; it is to hold the webhook key.")
        }
        return line
    }

    static func bytes(from descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += buffer.prefix(count)
        }
    }
}
