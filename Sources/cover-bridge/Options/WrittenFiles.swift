import CoverAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The files that the process writes: those that the options name, and those that SQLite and the lock of the journal put
/// beside them. Two of them, or one of them and an output of the process, would destroy each other if they were the same
/// file.
struct WrittenFiles {
    private var uses: [Place: Use] = [:]

    private struct Use {
        /// The name of the option or output.
        let name: String
        /// Whether the file lies beside the one that the option names.
        var isBeside = false
    }

    /// Notes where standard output and standard error go.
    init() {
        for (descriptor, name) in [(STDOUT_FILENO, "standard output"), (STDERR_FILENO, "standard error")] {
            if let place = Place(descriptor) { uses[place] = Use(name: name) }
        }
    }

    /// Notes the files of an option.
    ///
    /// - Parameters:
    ///   - files: the file that the option names, followed by those beside it; empty for no file.
    ///   - option: the name of the option.
    /// - Throws: ``Failure`` with code 2 if one of the files was noted before.
    mutating func add(_ files: [String], _ option: String) throws(Failure) {
        for (index, path) in files.enumerated() {
            guard let place = Place(path) else { continue }
            let use = Use(name: option, isBeside: index > 0)
            guard let other = uses.updateValue(use, forKey: place) else { continue }
            let words = use.isBeside || other.isBeside ? "both use the file \(path)" : "name the same file"
            throw Failure(
                code: .usage,
                message: "\(option) and \(other.name) \(words). Give each a file of its own."
            )
        }
    }

    /// Where a file is: its own identity, or if it does not exist yet, its name in a folder.
    private struct Place: Hashable {
        private let file: FileIdentity
        private let name: Substring?

        private init(_ file: FileIdentity, name: Substring? = nil) {
            (self.file, self.name) = (file, name)
        }

        /// Only a regular file has a place, because the data in a pipe or a terminal do not overwrite each other.
        private init?(regular file: FileIdentity) {
            guard file.isRegular else { return nil }
            self.init(file)
        }

        init?(_ descriptor: Int32) {
            guard let file = FileIdentity(descriptor) else { return nil }
            self.init(regular: file)
        }

        init?(_ path: String) {
            if let file = FileIdentity(path) {
                self.init(regular: file)
                return
            }
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
            guard let folder = FileIdentity(slash.map { String(path[...$0]) } ?? ".") else { return nil }
            self.init(folder, name: slash.map { path[$0...].dropFirst() } ?? path[...])
        }
    }
}
