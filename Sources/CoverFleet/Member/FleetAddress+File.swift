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
        return FileIdentity(of: path) == nil && Self.parts(of: path) != nil
    }

    /// Checks whether a bridge can create the file that is missing. This creates nothing.
    ///
    /// - Throws: ``FleetStoreError``: `unusable`.
    package func checkPlace() throws(FleetStoreError) {
        if case .file(let path) = self { try FleetFile.checkPlace(of: path, in: Self.split(path).folder) }
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

    /// Whether the store is the file with this path. The file need not exist.
    package func isFile(_ path: String) -> Bool {
        guard case .file(let own) = self else { return false }
        if let identity = FileIdentity(of: own) { return identity == FileIdentity(of: path) }
        guard DatabaseFile.isNamed(by: path), let (folder, name) = Self.parts(of: path) else { return false }
        return Self.parts(of: own).map { $0.folder == folder && $0.name == name } ?? false
    }

    /// The folder of a file, and the file's name in the folder; nil if there is no such folder.
    private static func parts(of path: String) -> (folder: FileIdentity, name: Substring)? {
        let (folder, name) = split(path)
        return FileIdentity(of: folder).map { ($0, name) }
    }

    private static func split(_ path: String) -> (folder: String, name: Substring) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), path[slash...].dropFirst())
    }

    /// The absolute path, so that a user sees which file is meant. If the working directory was removed, the result is
    /// the path as it was given.
    static func wholePath(_ path: String) -> String {
        guard !path.hasPrefix("/"), DatabaseFile.isNamed(by: path), let folder = unsafe getcwd(nil, 0) else {
            return path
        }
        defer { unsafe free(folder) }
        let name = unsafe String(cString: folder)
        // Behind two slashes, the address of a file has a host.
        return (name == "/" ? "" : name) + "/" + path
    }
}
