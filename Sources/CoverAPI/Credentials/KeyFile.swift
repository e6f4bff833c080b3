import CoverModel

/// The file that contains a key; see ``SecretFile``.
enum KeyFile {
    /// Reads the key. The function blocks.
    ///
    /// - Throws: `missingCredentials`, with the name of the file and without its content.
    static func key(in file: String, patience: Duration) throws(CoverError) -> APIKey {
        do throws(SecretFile.Fault) {
            return try SecretFile("key", at: file).secret(patience: patience, APIKey.init(checking:))
        } catch {
            throw CoverError(.missingCredentials, error.message)
        }
    }
}
