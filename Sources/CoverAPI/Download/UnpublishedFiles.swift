/// The files that have a temporary name, and the folders that were created for them.
struct UnpublishedFiles {
    private(set) var files: Set<String> = []
    /// The created folders in which no complete file is known. Several files may be in one of them.
    private(set) var folders: Set<String> = []

    /// - Parameters:
    ///   - file: the path of a file.
    ///   - created: the folders that were created for the file.
    mutating func insert(_ file: String, _ created: [String]) {
        files.insert(file)
        folders.formUnion(created)
    }

    /// Removes a file that gets no name. Returns the created folders that have no other file of this table.
    mutating func remove(_ file: String) -> [String] {
        files.remove(file)
        let empty = folders.filter { folder in
            Self.contains(folder, file) && !files.contains { Self.contains(folder, $0) }
        }
        folders.subtract(empty)
        return Array(empty)
    }

    /// Removes a file that has got its name.
    mutating func forget(_ file: String) { files.remove(file) }

    mutating func keepFolders(of file: String) { folders = folders.filter { !Self.contains($0, file) } }

    private static func contains(_ folder: String, _ file: String) -> Bool {
        file.utf8.starts(with: folder.utf8)
            && (folder.utf8.last == UInt8(ascii: "/")
                || file.utf8.dropFirst(folder.utf8.count).first == UInt8(ascii: "/"))
    }
}
