#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which file a path or a descriptor stands for. Two names of one file have the same identity.
///
/// Only this type reads the device and the number of a file for the targets above. Swift takes the members of `stat` for
/// those of another C module as soon as a target imports many modules, and the file that uses them must then import that
/// module, too.
package struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64
    /// Whether this is a file on a disk, and no folder, pipe or device.
    package let isRegular: Bool
    private let isCharacterDevice: Bool

    private init(_ information: stat) {
        device = UInt64(truncatingIfNeeded: information.st_dev)
        number = UInt64(information.st_ino)
        isRegular = information.st_mode & S_IFMT == S_IFREG
        isCharacterDevice = information.st_mode & S_IFMT == S_IFCHR
    }

    /// Returns nil if there is no such file.
    package init?(_ path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0 else { return nil }
        self.init(information)
    }

    /// Returns nil if the descriptor is not open.
    package init?(_ descriptor: Int32) {
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0 else { return nil }
        self.init(information)
    }

    /// Whether standard input reads this file. Several programs may read one terminal or `/dev/null`, so these are not
    /// meant.
    package var isStandardInput: Bool { !isCharacterDevice && FileIdentity(STDIN_FILENO) == self }
}
