import CoverModel

/// A proxy on the way to a server, set by one of the usual environment variables.
struct Proxy: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// An HTTP proxy with `CONNECT`.
        case connect(Login?)
        /// SOCKS 5. The proxy resolves the names.
        case socks
    }

    /// A login. No description shows it.
    struct Login: Sendable, Hashable, CustomStringConvertible {
        let user: String
        let password: String

        var description: String { "…" }
    }

    let kind: Kind
    let host: String
    let port: Int
    /// The environment variable that names the proxy.
    let variable: String

    var hasLogin: Bool { if case .connect(.some) = kind { true } else { false } }

    /// For example `proxy.example:3128 (HTTPS_PROXY)`.
    var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port) (\(variable))" }

    /// For example `the proxy proxy.example:3128 (HTTPS_PROXY)`.
    var words: String { "the proxy \(place)" }

    /// - Throws: `badRequest` with the name of the variable. The value may contain a password, so the error omits it.
    init(_ text: String, from variable: String) throws(CoverError) {
        self.variable = variable
        let scheme = text.splitAtScheme?.scheme.lowercased() ?? "http"
        let bare = text.splitAtScheme?.rest ?? text[...]
        let authority = bare.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let at = authority.lastIndex(of: "@")
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        let address: WebAddress
        do throws(WebAddress.Fault) { address = try WebAddress(parsing: "http://\(place)") } catch {
            throw Self.malformed(text, variable, error.words)
        }
        // A raw `/`, `?` or `#` in a password ends the authority early. The rest of the password would then be treated
        // as the host and shown.
        guard ["", "/"].contains(bare[authority.endIndex...]) else {
            throw Self.malformed(text, variable, "has a path")
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

    private static func malformed(_ text: String, _ variable: String, _ fault: String) -> CoverError {
        let cause = text.contains("@") ? "; a login in it must be percent-encoded" : ": it \(fault)"
        return refused(variable, "is no proxy's address\(cause).")
    }

    private static func refused(_ variable: String, _ reason: String) -> CoverError {
        let forms = "http://[user:password@]host[:port] or socks5h://host[:port]"
        return CoverError(.badRequest, "\(variable) \(reason) It must be of the form \(forms).")
    }
}
