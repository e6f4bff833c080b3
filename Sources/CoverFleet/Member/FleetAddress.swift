/// Where the bridges of a fleet meet, as people write it.
package struct FleetAddress: Sendable, Hashable {
    /// The path of the file.
    package let path: String

    /// - Parameters:
    ///   - text: `file:/path`, or a plain path.
    ///   - isPublic: whether other users of the machine can read it, as they can read the arguments of a command.
    /// - Throws: `unusable`, without the text: it may hold a password.
    package init(parsing text: String, isPublic: Bool) throws(FleetStoreError) {
        guard let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) else {
            self.path = try Self.path(text[...])
            return
        }
        let (scheme, rest) = (text[..<colon].lowercased(), text[colon...].dropFirst())
        if isPublic, Self.hasPassword(rest) {
            throw FleetStoreError(
                .unusable,
                "It holds a password, which every user of this machine could read. Give it in COVER_BRIDGE_FLEET."
            )
        }
        switch scheme {
        case "file": path = try Self.path(rest)
        case "redis", "rediss", "redis+unix":
            throw FleetStoreError(.unusable, "Redis is no store of a fleet yet. Give a file, as file:/path.")
        default: throw FleetStoreError(.unusable, "There is no store of this kind. Give a file, as file:/path.")
        }
    }

    /// The address as people may see it.
    package var text: String { "file:" + path }

    private static func path(_ text: Substring) throws(FleetStoreError) -> String {
        var path = text
        if path.hasPrefix("//") {
            let rest = path.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host.lowercased() == "localhost" else {
                throw FleetStoreError(
                    .unusable,
                    "A file of another host is no store. Give a file of this one, as file:/path."
                )
            }
            path = rest.dropFirst(host.count)
        }
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw FleetStoreError(.unusable, "It names no file. Give one, as file:/path.")
        }
        return String(path)
    }

    /// One letter is no scheme: it may stand for a drive.
    private static func isScheme(_ text: Substring) -> Bool {
        text.count > 1 && text.first?.isLetter == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    private static func hasPassword(_ rest: Substring) -> Bool {
        guard rest.hasPrefix("//"), let end = rest.dropFirst(2).prefix(while: { $0 != "/" }).lastIndex(of: "@") else {
            return false
        }
        return rest[..<end].dropFirst(2).contains(":")
    }
}
