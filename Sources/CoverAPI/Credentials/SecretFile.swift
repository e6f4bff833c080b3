import CoverModel

/// The file that contains a secret, such as a key, in its only line of text. Comments may follow it. It is a regular
/// file, or a pipe such as the shell's `<(pass show kie)`. From a pipe, the first line counts: `pass` prints notes after
/// it.
///
/// A user may give the secret itself in the place of the file's name. No error shows such a name.
package struct SecretFile: Sendable {
    /// Why no secret was read. The message names the file, and never contains its content.
    package struct Fault: Error {
        package let message: String
    }

    private static let largest = 64 * 1024

    /// What the file contains, as in `key` or `password`.
    private let content: String
    private let path: String

    /// - Parameters:
    ///   - content: what the file contains, for errors: `key` or `password`.
    ///   - path: the path that the user gave.
    package init(_ content: String, at path: String) {
        self.content = content
        self.path = path
    }

    /// Reads the secret. The method blocks: for a pipe, no longer than `patience`.
    package func line(patience: Duration = pipePatience) throws(Fault) -> String {
        let lines = try lines(patience: patience)
        try checkCount(of: lines)
        return String(lines[0])
    }

    /// Refuses a secret that an editor has wrapped: its first line would be sent as a whole secret.
    private func checkCount(of lines: [Substring]) throws(Fault) {
        guard lines.dropFirst().contains(where: { !$0.trimmed.hasPrefix("#") }), FileState(of: path) != nil else {
            return
        }
        throw Fault(message: "\(name) has more than one line of text. Leave only the \(content), on one line.")
    }

    /// The lines that are not blank. There is at least one.
    private func lines(patience: Duration) throws(Fault) -> [Substring] {
        let bytes: [UInt8]
        do throws(FileError) {
            // The program that writes into a pipe may keep it open.
            bytes = try readFile(path, limit: Self.largest + 1, patience: patience, isEnoughOfPipe: Self.hasLine)
        } catch {
            guard isNameShown else { throw missing }
            throw Fault(message: "\(name) cannot be read: \(error.reason).")
        }
        guard bytes.count <= Self.largest else { throw Fault(message: "\(name) is too large to be one.") }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Fault(message: "\(name) is in UTF-16. Save it as UTF-8, or as plain text.")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.trimmed.isEmpty }
        guard !lines.isEmpty else { throw Fault(message: "\(name) is empty.") }
        return lines
    }

    /// Reads the secret, and checks it with `check`.
    package func secret<Secret>(
        patience: Duration = pipePatience,
        _ check: (String) throws(KeyFault) -> Secret
    ) throws(Fault) -> Secret {
        let lines = try lines(patience: patience)
        let secret: Secret
        do throws(KeyFault) {
            if KeyFault.areSettings(lines.map(\.trimmed)) { throw .setting }
            secret = try check(String(lines[0]))
        } catch {
            throw Fault(message: "The first line of the \(content) file \(shownPath) is no key: it \(error.phrase).")
        }
        try checkCount(of: lines)
        return secret
    }

    private var name: String { "The \(content) file \(shownPath)" }

    /// The absolute path. The log of a host does not contain the folder in which the bridge was started.
    private var shownPath: String { absolutePath(path.hasPrefix("./") ? String(path.dropFirst(2)) : path) }

    /// Refuses a name that may be the secret itself.
    package func checkName() throws(Fault) { if !isNameShown { throw missing } }

    private var missing: Fault {
        let advice = misreading ?? "Give the name of a file with the \(content), not the \(content)."
        return Fault(message: "There is no such \(content) file. \(advice)")
    }

    /// A hint about a name that only a shell or a browser would understand; nil for any other name.
    private var misreading: String? {
        if path.hasPrefix("$") {
            return
                "Its name begins with $, because no shell replaced the variable. Write the path in full, or with ~/ for "
                + "the home folder."
        }
        return path.hasPrefix("file:") ? "Give the path of the file, not a URL (file:)." : nil
    }

    /// The path of the folder, and the name of the file in it; nil without a slash.
    private var parts: (folder: String, file: Substring.UTF8View)? {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return (String(path[..<slash]), path[slash...].utf8.dropFirst())
    }

    /// Whether a name in the path is as long as a secret and has digits, as secrets have. A secret in base64 may begin
    /// with a slash, and may have others inside. The names of known folders do not count.
    private var isLong: Bool {
        func isLong(_ name: Substring.UTF8View) -> Bool {
            name.count > 19 && name.contains { (0x30...0x39).contains($0) }
        }
        if let parts, isFolder(parts.folder) { return isLong(parts.file) }
        return path.utf8.split(separator: UInt8(ascii: "/")).contains(where: isLong)
    }

    private static let extensions = [
        ".txt", ".key", ".json", ".env", ".conf", ".cfg", ".ini", ".toml", ".yaml", ".yml", ".secret", ".token",
    ]
    /// Whether the name ends as the names of files do, and no secret does.
    private var hasExtension: Bool { Self.extensions.contains(where: path.hasSuffix) }

    /// Whether errors may show the name: there is such a file, or the name is clearly that of a file. Any other name may
    /// be the secret.
    private var isNameShown: Bool {
        if fileExists(path) { return true }
        if misreading != nil { return false }
        if hasExtension { return true }
        guard let parts, !parts.folder.isEmpty, !isLong else { return false }
        return ["/", "./", "../"].contains(where: path.hasPrefix) || isFolder(parts.folder)
    }

    /// Whether a complete line has arrived that is not blank.
    private static func hasLine(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }) else { return false }
        return bytes[first...].contains(UInt8(ascii: "\n"))
    }
}
