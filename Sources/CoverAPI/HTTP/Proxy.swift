import CoverModel

/// A proxy on the way to a server, as one of the usual environment variables names it.
struct Proxy: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// HTTP's `CONNECT`.
        case connect(Login?)
        /// SOCKS 5. Names are always resolved by the proxy.
        case socks
    }

    /// Text that no description shows.
    struct Login: Sendable, Hashable, CustomStringConvertible {
        let user: String
        let password: String

        var description: String { "…" }
    }

    let kind: Kind
    let host: String
    let port: Int
    /// The variable that names it.
    let variable: String

    var hasLogin: Bool { if case .connect(.some) = kind { true } else { false } }

    /// As in `proxy.example:3128 (HTTPS_PROXY)`.
    var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port) (\(variable))" }

    /// As in `the proxy proxy.example:3128 (HTTPS_PROXY)`.
    var words: String { "the proxy \(place)" }

    /// - Throws: `badRequest` with the name of the variable, never with its value: that may hold a password.
    init(_ text: String, from variable: String) throws(CoverError) {
        self.variable = variable
        let scheme = text.splitAtScheme?.scheme.lowercased() ?? "http"
        let bare = text.splitAtScheme?.rest ?? text[...]
        let authority = bare.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        // A password with a bare `/`, `?` or `#` ends the authority early: what is left of it would pass for the host, and be shown.
        guard ["", "/"].contains(bare[authority.endIndex...]), let address = WebAddress("http://\(place)") else {
            throw Self.refused(variable, "is no proxy's address; a login in it must be percent-encoded.")
        }
        host = address.host
        switch scheme {
        case "http":
            kind = .connect(try at.map { (at) throws(CoverError) in try Self.login(authority[..<at], variable) })
            port = address.port ?? 3128
        case "socks5", "socks5h":
            guard at == nil else {
                throw Self.refused(variable, "holds a login, which is not supported with SOCKS.")
            }
            kind = .socks
            port = address.port ?? 1080
        case "https":
            throw Self.refused(variable, "asks for a proxy that is itself spoken to over TLS, which is not supported.")
        default: throw Self.refused(variable, "names a kind of proxy that is not supported.")
        }
    }

    private static func login(_ text: Substring, _ variable: String) throws(CoverError) -> Login {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = String(percentDecoding: parts[0]),
            let password = parts.count > 1 ? String(percentDecoding: parts[1]) : ""
        else { throw refused(variable, "holds a login that is not percent-encoded as it should be.") }
        return Login(user: user, password: password)
    }

    private static func refused(_ variable: String, _ reason: String) -> CoverError {
        let forms = "http://[user:password@]host[:port] or socks5h://host[:port]"
        return CoverError(.badRequest, "\(variable) \(reason) It must be of the form \(forms).")
    }
}
