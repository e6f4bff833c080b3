#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A path that begins with `~`. A shell replaces the `~`, but paths in the configuration of an editor or of an AI host
/// do not pass through a shell.
package enum HomePath {
    /// Why a `~` cannot be replaced. The message does not contain the path.
    package struct Fault: Error, CustomStringConvertible {
        /// What is wrong with the path.
        package let cause: String
        /// What the user can do.
        package let next: String

        package var description: String { "\(cause) \(next)" }
    }

    /// The user's home folder, from the variable `HOME`; nil if the variable is unset or empty.
    package static var variable: String? {
        guard let value = unsafe getenv("HOME") else { return nil }
        let home = unsafe String(cString: value)
        return home.isEmpty ? nil : home
    }

    /// The path with the home folder in place of a `~` that is the whole path or stands before the first slash. Any
    /// other path stays unchanged.
    ///
    /// - Parameters:
    ///   - path: the path that the user gave.
    ///   - home: the home folder; nil if it is not known.
    /// - Throws: ``Fault`` for the home folder of another user, as in `~name`, and for an unknown home folder.
    package static func expanded(_ path: String, home: String? = variable) throws(Fault) -> String {
        guard path.utf8.first == UInt8(ascii: "~") else { return path }
        let rest = path.utf8.dropFirst()
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") else {
            throw Fault(
                cause: "Only ~ before a slash stands for the home folder; the path begins with ~ and a name.",
                next: "Write the path in full, or ./ before a name that begins with ~."
            )
        }
        guard let home, home.utf8.first == UInt8(ascii: "/") else {
            throw Fault(
                cause: "~ stands for the home folder, but the variable HOME has no absolute path.",
                next: "Set HOME, or write the path in full."
            )
        }
        // A home folder of `/` or `/root/` would give two slashes.
        var folder = Substring(home)
        while folder.utf8.last == UInt8(ascii: "/") { folder.removeLast() }
        let whole = String(folder) + String(Substring(rest))
        return whole.isEmpty ? "/" : whole
    }
}
