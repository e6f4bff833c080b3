import CoverModel

/// The address of a Redis, and the user's name and password.
package struct RedisAddress: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        case host(String, port: Int)
        case socket(String)
    }

    package let place: Place
    /// Whether connections use TLS.
    package let isEncrypted: Bool
    /// The user in the server's access control list. Nil means the default user.
    package let user: String?
    /// The password in the address; nil if there is none.
    let password: String?
    package let database: Int

    /// - Parameters:
    ///   - scheme: `redis`, `rediss` or `redis+unix`, in lower case.
    ///   - rest: the text after the colon, such as `//user:password@host:6379/0` or `///run/redis.sock?db=0`.
    /// - Throws: `unusable`. The error does not contain the text, because the text may contain a password.
    init(scheme: String, parsing rest: Substring) throws(FleetStoreError) {
        isEncrypted = scheme == "rediss"
        let isSocket = scheme == "redis+unix"
        guard rest.hasPrefix("//") else { throw .malformed(isSocket) }
        let text = rest.dropFirst(2)
        // A password with one of these characters would end the part with the user.
        if Self.hasRawPassword(text) { throw .rawPassword }
        let authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let login = authority.lastIndex(of: "@").map { authority[..<$0] }
        let target = login.map { authority[$0.endIndex...].dropFirst() } ?? authority
        (user, password) = try Self.login(login)
        let path = text[authority.endIndex...]
        if isSocket {
            let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            guard target.isEmpty, let name = parts.first, name.count > 1, !path.contains("#"),
                let file = String(percentDecoding: String(name)), !file.utf8.contains(0)
            else { throw .malformed(isSocket) }
            place = .socket(file)
            var number: Substring?
            if parts.count > 1 {
                guard parts[1].hasPrefix("db=") else { throw .malformed(isSocket) }
                number = parts[1].dropFirst(3)
            }
            database = try Self.database(number, isSocket)
        } else {
            guard !path.contains("?"), !path.contains("#") else { throw .malformed(isSocket) }
            place = try Self.place(target)
            let number = path.dropFirst()
            database = try Self.database(number.isEmpty ? nil : number, isSocket)
        }
    }

    /// The address to show to a user, without the password.
    package var text: String {
        let login = user.map { String(percentEncoding: $0, keeping: "") + "@" } ?? ""
        return switch place {
        case .host(let host, let port):
            "\(isEncrypted ? "rediss" : "redis")://\(login)\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .socket(let path): "redis+unix://\(login)\(path)\(database == 0 ? "" : "?db=\(database)")"
        }
    }

    /// The address as error messages show it.
    var spot: String {
        switch place {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): path
        }
    }

    /// Whether a character that is not percent-encoded ends the part with the user and the password too early.
    static func hasRawPassword(_ text: Substring) -> Bool {
        let authority = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        // Behind a complete part, the path of a socket may contain the character @.
        return authority.contains(":") && !authority.hasSuffix("@") && text[authority.endIndex...].contains("@")
    }

    private static func login(_ text: Substring?) throws(FleetStoreError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let decoded = parts.map { String(percentDecoding: String($0)) }
        guard let user = decoded.first.flatMap(\.self), let password = parts.count > 1 ? decoded[1] : "" else {
            throw .rawPassword
        }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password)
    }

    private static func place(_ text: Substring) throws(FleetStoreError) -> Place {
        var (host, rest) = (text.prefix { $0 != ":" }, text.drop { $0 != ":" })
        if text.hasPrefix("[") {
            host = text.dropFirst().prefix { $0 != "]" }
            rest = text[host.endIndex...]
            guard rest.hasPrefix("]") else { throw .malformed(false) }
            rest = rest.dropFirst()
        }
        let isHost = !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "%") }
        guard isHost, rest.isEmpty || rest.hasPrefix(":") else { throw .malformed(false) }
        if rest.isEmpty { return .host(host.lowercased(), port: 6379) }
        guard let port = UInt16(rest.dropFirst()), port > 0 else { throw .malformed(false) }
        return .host(host.lowercased(), port: Int(port))
    }

    private static func database(_ text: Substring?, _ isSocket: Bool) throws(FleetStoreError) -> Int {
        guard let text else { return 0 }
        guard let number = UInt16(text) else { throw .malformed(isSocket) }
        return Int(number)
    }
}

extension FleetStoreError {
    /// The error for a text that is meant as the address of a Redis. It does not contain the text.
    static let malformedRedis = FleetStoreError(
        .unusable,
        "It is no address of a Redis.",
        next: "Give one as redis://user@host:6379/0, or with rediss: for TLS."
    )

    fileprivate static let rawPassword = FleetStoreError(
        .unusable,
        "The user or the password in it has a character that must be percent-encoded.",
        next: "Write / as %2F, @ as %40, ? as %3F, # as %23 and % as %25."
    )

    fileprivate static func malformed(_ isSocket: Bool) -> FleetStoreError {
        guard isSocket else { return malformedRedis }
        return FleetStoreError(
            .unusable,
            "It is no address of a socket of Redis.",
            next: "Give one as redis+unix:///run/redis/redis.sock, with ?db=1 for another database."
        )
    }
}
