/// A proxy on the way to the API, as the usual environment variables name it.
public struct HTTPProxy: Sendable {
    let address: WebAddress
    /// `user:password`, as it stands in the variable.
    let login: Redacted?

    /// Text that no description shows.
    struct Redacted: Sendable, CustomStringConvertible {
        let text: String

        var description: String { "…" }
    }

    /// The proxy for an endpoint; nil where there is none: this machine never is behind one.
    ///
    /// `https_proxy` or `http_proxy` by the endpoint's scheme, else `all_proxy`, in small or large letters (`HTTP_PROXY` in large ones
    /// is ignored, as by curl: a CGI program's caller can set it). `no_proxy` lists hosts and domains to go to directly, or `*`.
    ///
    /// - Parameter variable: looks up a variable of the environment.
    public init?(for endpoint: String, variable: (String) -> String?) {
        guard let target = WebAddress(endpoint), !target.isLoopback else { return nil }
        if let exceptions = variable("no_proxy") ?? variable("NO_PROXY"), Self.excepts(target.host, exceptions) {
            return nil
        }
        let names =
            (target.scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
        guard let text = names.lazy.compactMap(variable).first else { return nil }
        let bare = text.splitAtScheme?.rest ?? text[...]
        let authority = bare.prefix { $0 != "/" }
        let at = authority.lastIndex(of: "@")
        login = at.map { Redacted(text: String(authority[..<$0])) }
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        guard let address = WebAddress("http://\(host)") else { return nil }
        self.address = address
    }

    private static func excepts(_ host: String, _ list: String) -> Bool {
        list.split(separator: ",").contains { entry in
            let name = entry.filter { $0 != " " }.lowercased()
            let domain = name.hasPrefix(".") ? String(name.dropFirst()) : name
            return name == "*" || host == domain || (!domain.isEmpty && host.hasSuffix("." + domain))
        }
    }
}
