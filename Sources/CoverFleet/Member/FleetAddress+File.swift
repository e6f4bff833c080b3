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
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return FileIdentity(of: path) == nil && FileIdentity(of: folder) != nil
    }

    /// The absolute path, so that a user sees which file is meant. If the working directory was removed, the result is
    /// the path as it was given.
    static func wholePath(_ path: String) -> String {
        guard !path.hasPrefix("/"), DatabaseFile.isNamed(by: path), let folder = unsafe getcwd(nil, 0) else {
            return path
        }
        defer { unsafe free(folder) }
        return unsafe "\(String(cString: folder))/\(path)"
    }
}
