import CoverModel

/// The file that contains a key in its first line that is not blank. It is a regular file, or a pipe such as the
/// shell's `<(pass show kie)`.
package enum KeyFile {
    private static let largest = 64 * 1024

    /// Reads the key. The function blocks.
    ///
    /// - Throws: `missingCredentials`, with the name of the file and without its content.
    static func key(in file: String, patience: Duration) throws(CoverError) -> APIKey {
        let bytes: [UInt8]
        do throws(FileError) {
            // The program that writes into a pipe may keep it open.
            bytes = try readFile(file, limit: largest + 1, patience: patience, isEnoughOfPipe: hasLine)
        } catch {
            if error.isMissing, resemblesKey(file) {
                throw fault("There is no such key file. Give the name of a file with the key, not the key.")
            }
            throw fault("The key file \(file) cannot be read: \(error.reason).")
        }
        guard bytes.count <= largest else { throw fault("The key file \(file) is too large to be one.") }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw fault("The key file \(file) is in UTF-16. Save it as UTF-8, or as plain text.")
        }
        guard let line = line(in: bytes) else { throw fault("The key file \(file) is empty.") }
        do throws(KeyFault) { return try APIKey(checking: line) } catch {
            throw fault("The first line of the key file \(file) is no key: it \(error.phrase).")
        }
    }

    /// Whether the name of a file may be a key that a user has given in its place. Errors must not show it.
    private static func resemblesKey(_ file: String) -> Bool {
        file.utf8.count >= 16 && file.utf8.allSatisfy(\.isOfWord)
    }

    /// The line that contains the key: the first one that is not blank.
    package static func line(in bytes: [UInt8]) -> String? {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .first { !$0.trimmed.isEmpty }.map(String.init)
    }

    /// Whether a complete line has arrived that is not blank.
    private static func hasLine(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }) else { return false }
        return bytes[first...].contains(UInt8(ascii: "\n"))
    }

    private static func fault(_ message: String) -> CoverError { CoverError(.missingCredentials, message) }
}
