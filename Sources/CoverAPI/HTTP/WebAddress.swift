import CoverModel

/// An absolute http or https URL, parsed strictly: no user, and no unusual characters in the host, so that it is clear
/// where it leads.
struct WebAddress: Sendable, Hashable {
    /// `http` or `https`.
    let scheme: String
    /// The host in lower case and ASCII. An IPv6 address is stored without its brackets.
    let host: String
    let port: Int?
    /// The path and the query without a fragment; empty, or starting with a slash or a question mark.
    let path: String

    /// Why a text is not a valid address.
    enum Fault: Error {
        case empty, scheme, blank, user, host, zone, port

        /// What is wrong, as a continuation of "The URL".
        var words: String {
            switch self {
            case .empty: "is empty"
            case .scheme: "is no https address"
            case .blank: "has a blank, a backslash or a control character in it"
            case .user: "names a user"
            case .host: "has no valid host"
            case .zone: "has an address with a zone (%), which is not supported"
            case .port: "has no valid port"
            }
        }
    }

    init?(_ text: String) {
        do throws(Fault) { try self.init(parsing: text) } catch { return nil }
    }

    init(parsing text: String) throws(Fault) {
        guard !text.isEmpty else { throw .empty }
        guard let parts = text.splitAtScheme else { throw .scheme }
        scheme = parts.scheme.lowercased()
        guard scheme == "https" || scheme == "http" else { throw .scheme }
        // The text is split by Unicode scalars. To Swift, a `#` with a combining mark is one character, but the `#`
        // still starts the fragment.
        let rest = Substring(parts.rest.unicodeScalars.prefix { $0 != "#" })
        guard !rest.unicodeScalars.contains(where: { $0.value < 0x21 || $0 == "\\" || $0 == "\u{7F}" }) else {
            throw .blank
        }
        let authority = Substring(rest.unicodeScalars.prefix { $0 != "/" && $0 != "?" })
        path = String(rest[authority.endIndex...])
        guard !authority.unicodeScalars.contains("@") else { throw .user }

        var portText: Substring?
        if authority.first == "[" {
            guard let bracket = authority.firstIndex(of: "]") else { throw .host }
            host = authority[authority.index(after: authority.startIndex)..<bracket].lowercased()
            guard !host.contains("%") else { throw .zone }
            guard host.contains(":"), host.utf8.allSatisfy({ "0123456789abcdef:.".utf8.contains($0) }) else {
                throw .host
            }
            let behind = authority[bracket...].dropFirst()
            guard behind.isEmpty || behind.first == ":" else { throw .host }
            if !behind.isEmpty { portText = behind.dropFirst() }
        } else {
            let name = Substring(authority.unicodeScalars.prefix { $0 != ":" })
            guard let host = Punycode.host(name), !host.isEmpty, host.utf8.allSatisfy(Self.isOfHost) else {
                throw .host
            }
            self.host = host
            if name.endIndex < authority.endIndex { portText = authority[name.endIndex...].dropFirst() }
        }
        if let portText {
            guard portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(portText), number > 0
            else { throw .port }
            port = Int(number)
        } else {
            port = nil
        }
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Whether the host is 127.0.0.0/8, ::1 or localhost.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" || host == "0:0:0:0:0:0:0:1" { return true }
        guard host.hasPrefix("127.") else { return false }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.count) && UInt8($0) != nil }
    }

    /// Whether the request cannot be read on the way: https, or this machine.
    var isConfidential: Bool { scheme == "https" || isLoopback }

    /// The scheme, the host and the port, without a path.
    var origin: String {
        scheme + "://" + hostOfURL + (port.map { ":\($0)" } ?? "")
    }

    /// The host as in a URL, where an IPv6 address has brackets. Otherwise a port behind it would look like its end.
    var hostOfURL: String { host.contains(":") ? "[\(host)]" : host }

    /// The URL for a request. It has only characters that RFC 3986 allows in a path and a query. If one character were
    /// not allowed, Foundation would encode the whole part again, with the escapes that are already in it.
    var requestURL: String {
        origin + String(percentEncoding: path, keeping: "/?%:@!$&'()*+,;=")
    }
}

extension String {
    /// The parts before and behind the `://` of a URL; nil if there is none. The search is written by hand, because the
    /// standard library's search would load the library for regular expressions at every start.
    var splitAtScheme: (scheme: Substring, rest: Substring)? {
        guard let colon = utf8.firstIndex(of: UInt8(ascii: ":")), utf8[colon...].starts(with: "://".utf8) else {
            return nil
        }
        return (self[..<colon], self[utf8.index(colon, offsetBy: 3)...])
    }
}
