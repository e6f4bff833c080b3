import CoverModel

/// The address of a fleet's store, in the form in which a user writes it.
package enum FleetAddress: Sendable, Hashable {
    /// A file, by its path.
    case file(String)
    case redis(RedisAddress)

    /// - Parameters:
    ///   - text: `file:/path`, a plain path, or the address of a Redis.
    ///   - isPublic: whether other users of the machine can read the text, like the arguments of a command.
    /// - Throws: `unusable`. The error does not contain the text, because the text may contain a password.
    package init(parsing text: String, isPublic: Bool) throws(FleetStoreError) {
        guard let colon = text.firstIndex(of: ":"), Self.isScheme(text[..<colon]) else {
            if Self.isHostWithPort(text) { throw .malformedRedis }
            self = .file(try Self.path(text[...]))
            return
        }
        let (scheme, rest) = (text[..<colon].lowercased(), text[colon...].dropFirst())
        if isPublic, Self.hasPassword(rest) {
            throw FleetStoreError(
                .unusable,
                "It holds a password, which every user of this machine could read.",
                next: "Give the password with --fleet-password-file FILE, or the address in COVER_BRIDGE_FLEET."
            )
        }
        switch scheme {
        case "file": self = .file(try Self.path(rest))
        case "redis", "rediss", "redis+unix": self = .redis(try RedisAddress(scheme: scheme, parsing: rest))
        default:
            throw FleetStoreError(
                .unusable,
                "There is no store of this kind.",
                next: "Give a file, as file:/path, or a Redis, as redis://host."
            )
        }
    }

    /// The address to show to a user.
    package var text: String {
        switch self {
        case .file(let path): "file:" + path
        case .redis(let address): address.text
        }
    }

    /// The store at the address, for one bridge.
    ///
    /// - Parameters:
    ///   - group: identifies the fleet. A store may have several fleets.
    ///   - access: the password and the settings of TLS for a Redis.
    /// - Throws: ``FleetStoreError``: `unusable`.
    package func openStore(group: String, access: RedisAccess) async throws -> any FleetStore {
        switch self {
        case .file(let path): try await FileFleetStore.open(path: path, group: group)
        case .redis(let address): try await RedisFleetStore.open(address, group: group, access: access)
        }
    }

    private static func path(_ text: Substring) throws(FleetStoreError) -> String {
        // Errors about a file show its path, and this text may contain a password.
        if resemblesRedis(text) { throw .malformedRedis }
        var path = text
        if path.hasPrefix("//") {
            let rest = path.dropFirst(2)
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host.lowercased() == "localhost" else {
                throw FleetStoreError(
                    .unusable,
                    "A file of another host is no store.",
                    next: "Give a file of this one, as file:/path, or a Redis, as redis://host."
                )
            }
            path = rest.dropFirst(host.count)
        }
        guard !path.allSatisfy(\.isWhitespace), !path.utf8.contains(0) else {
            throw FleetStoreError(.unusable, "It names no file.", next: "Give one, as file:/path.")
        }
        do throws(HomePath.Fault) { return wholePath(try HomePath.expanded(String(path))) } catch {
            throw FleetStoreError(.unusable, error.cause, next: error.next)
        }
    }

    /// Whether the text is the scheme of a URL. A single letter does not count as a scheme, because it may be the
    /// letter of a drive.
    private static func isScheme(_ text: Substring) -> Bool {
        text.count > 1 && text.first?.isLetter == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }

    /// Finds `127.0.0.1:6379`.
    private static func isHostWithPort(_ text: String) -> Bool {
        guard !text.contains("/"), let colon = text.lastIndex(of: ":") else { return false }
        return UInt16(text[colon...].dropFirst()) != nil
    }

    /// Whether the text looks like the address of a Redis with a login that is mistyped, or one with quotes or blanks around
    /// it. A login without a scheme, such as `:password@host`, counts too.
    private static func resemblesRedis(_ text: Substring) -> Bool {
        let login = text.prefix { $0 != "@" }
        if login.count < text.count, login.contains(":"), !login.contains("/") { return true }
        guard let name = text.lowercased().firstRange(of: "redis") else { return false }
        let count = text.lowercased()[..<name.lowerBound].count
        let (before, behind) = (text.prefix(count), text.dropFirst(count))
        guard !before.contains("/"), let colon = behind.firstIndex(of: ":") else { return false }
        return behind[colon...].contains("@") || behind[colon...].hasPrefix("://")
    }

    private static func hasPassword(_ rest: Substring) -> Bool {
        guard rest.hasPrefix("//") else { return false }
        let text = rest.dropFirst(2)
        guard let end = text.prefix(while: { $0 != "/" }).lastIndex(of: "@") else {
            return RedisAddress.hasRawPassword(text)
        }
        return text[..<end].contains(":")
    }
}
