import CoverModel

/// The path of a file or folder in an option or argument. Every option with a path reads it with ``read(_:)``.
enum FilePath {
    /// The path with the home folder in place of a leading `~/`.
    ///
    /// - Throws: `HomePath.Fault`.
    @Sendable static func read(_ text: String) throws -> String { try HomePath.expanded(text) }
}
