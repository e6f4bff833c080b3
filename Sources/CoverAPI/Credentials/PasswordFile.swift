package import CoverModel
import Synchronization

/// The file that contains a password in its first line that is not blank. It is a regular file, or a pipe such as the shell's
/// `<(pass show redis)`.
package enum PasswordFile {
    private static let largest = 64 * 1024

    /// Reads the password. The function blocks.
    ///
    /// - Throws: `badRequest`, with the name of the file and without its content.
    package static func password(in file: String) throws(CoverError) -> String {
        if let known = pipes.withLock({ $0[file] }) { return known }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try readFile(file, limit: largest + 1) } catch {
            throw CoverError(.badRequest, "The password file \(file) cannot be read: \(error.reason).")
        }
        guard bytes.count <= largest else {
            throw CoverError(.badRequest, "The password file \(file) is too large to be one.")
        }
        guard let line = KeyFile.line(in: bytes) else {
            throw CoverError(.badRequest, "The password file \(file) is empty.")
        }
        if FileState(of: file) == nil { pipes.withLock { $0[file] = line } }
        return line
    }

    /// The content of pipes, by path. A pipe can be read only once, and every connection needs the password.
    private static let pipes = Mutex<[String: String]>([:])
}
