package import CoverModel
import Synchronization

/// The file that contains a password; see ``SecretFile``.
package enum PasswordFile {
    /// Reads the password. The function blocks.
    ///
    /// - Throws: `badRequest`, with the name of the file and without its content.
    package static func password(in file: String) throws(CoverError) -> String {
        if let known = pipes.withLock({ $0[file] }) { return known }
        let line: String
        do throws(SecretFile.Fault) { line = try SecretFile("password", at: file).line() } catch {
            throw CoverError(.badRequest, error.message)
        }
        if FileState(of: file) == nil { pipes.withLock { $0[file] = line } }
        return line
    }

    /// The content of pipes, by path. A pipe can be read only once, and every connection needs the password.
    private static let pipes = Mutex<[String: String]>([:])
}
