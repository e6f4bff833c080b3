#if canImport(Glibc)
    import CLinux
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
        private let device: UInt64
        private let number: UInt64
        private let name: Substring?

        private init(_ information: stat, name: Substring? = nil) {
            device = UInt64(information.st_dev)
            number = UInt64(information.st_ino)
            self.name = name
        }

        /// Only a regular file has a place, because the data in a pipe or a terminal do not overwrite each other.
        private init?(file information: stat) {
            guard information.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(information)
        }

        init?(_ descriptor: Int32) {
            var information = stat()
            guard unsafe fstat(descriptor, &information) == 0 else { return nil }
            self.init(file: information)
        }

        init?(_ path: String) {
            var information = stat()
            if unsafe stat(path, &information) == 0 {
                self.init(file: information)
                return
            }
            let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
            let folder = slash.map { String(path[...$0]) } ?? "."
            guard unsafe stat(folder, &information) == 0 else { return nil }
            self.init(information, name: slash.map { path[$0...].dropFirst() } ?? path[...])
        }
    }
}
