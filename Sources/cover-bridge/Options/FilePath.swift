import ArgumentParser
import CoverModel

/// The path of a file or folder in an option or argument. Every option with a path reads it with ``read(_:)``.
enum FilePath {
    /// The path with the home folder in place of a leading `~/`.
    ///
    /// - Throws: `HomePath.Fault`.
    @Sendable static func read(_ text: String) throws -> String { try HomePath.expanded(text) }

    /// The path of a folder for images. A URL would become a folder named `file:` or `s3:` in the working directory.
    ///
    /// - Throws: `HomePath.Fault`; `ValidationError` for a URL.
    @Sendable static func readFolder(_ text: String) throws -> String {
        guard !text.isURL else { throw ValidationError("Give the path of a folder of this machine, not a URL.") }
        return try read(text)
    }
}
