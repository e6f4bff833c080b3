import SQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file as a store.
extension FleetAddress {
    /// Whether the store is a file that no bridge has created yet. A missing folder is an error, which opening the store reports.
    package var isMissing: Bool {
        guard case .file(let path) = self else { return false }
        return FileIdentity(of: path) == nil && FileIdentity(of: Self.folder(of: path)) != nil
    }

    /// Checks whether a bridge can create the file that is missing. This creates nothing.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    package func checkPlace() throws(FleetStoreError) {
        if case .file(let path) = self { try FleetFile.checkPlace(of: path, in: Self.folder(of: path)) }
    }

    /// Checks a file that is to be the store, and does not create it. Only opening a store of another kind shows whether
    /// it can be used.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    package func check() throws {
        guard case .file(let path) = self, !isMissing else { return }
        _ = try FleetFile(path: path)
        do {
            try FleetTables.check(Connection(path: path, busyLimit: .zero), path: path)
        } catch let error as SQLiteError {
            let error = FleetStoreError(error, path: path)
            if error.kind == .unusable { throw error }
        }
    }

    /// The file of the store, followed by those that SQLite puts beside it; empty for a store of another kind.
    package var files: [String] {
        guard case .file(let path) = self else { return [] }
        return [path] + DatabaseFile.companions(of: path)
    }

    private static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
    }

    /// The absolute path, so that a user sees which file is meant. If the working directory was removed, or its name is
    /// no text, the result is the path as it was given.
    static func wholePath(_ path: String) -> String {
        guard !path.hasPrefix("/"), DatabaseFile.isNamed(by: path), let folder = unsafe getcwd(nil, 0) else {
            return path
        }
        defer { unsafe free(folder) }
        guard let name = unsafe String(validatingCString: folder) else { return path }
        // Behind two slashes, the address of a file has a host.
        return (name == "/" ? "" : name) + "/" + path
    }
}
