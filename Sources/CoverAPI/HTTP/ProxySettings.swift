import CoverModel

/// The proxies of the environment, and the servers that they are for.
public struct ProxySettings: Sendable {
    private let proxy: (variable: String, value: String)?
    private let exceptions: [ProxyException]

    /// Reads `https_proxy`, or else `all_proxy`, and `no_proxy`, each in lower or upper case. The name in lower case
    /// has priority, even if its variable is empty. So a user can run one command without the proxy in `HTTPS_PROXY`,
    /// by setting `https_proxy` to nothing. `http_proxy` is not used, because plain http is allowed to this machine
    /// only and never needs a proxy.
    ///
    /// - Parameter variable: looks up an environment variable.
    public init(variable: (String) -> String?) {
        func first(of names: String...) -> (variable: String, value: String)? {
            let found = names.compactMap { name in variable(name).map { (name, String(Substring($0).unquoted)) } }.first
            return found.flatMap { $0.1.isEmpty ? nil : $0 }
        }
        proxy = first(of: "https_proxy", "HTTPS_PROXY") ?? first(of: "all_proxy", "ALL_PROXY")
        exceptions = ProxyException.list(first(of: "no_proxy", "NO_PROXY")?.value ?? "")
    }

    /// No proxies.
    public static var none: ProxySettings { ProxySettings { _ in nil } }

    /// The proxy for a server; nil if there is none.
    ///
    /// - Throws: `badRequest` for an unreadable variable. A proxy may be mandatory, so it must not be skipped.
    func proxy(for target: WebAddress) throws(CoverError) -> Proxy? {
        guard let proxy, !target.isLoopback, !exceptions.contains(where: { $0.covers(target) }) else { return nil }
        return try Proxy(proxy.value, from: proxy.variable)
    }
}

/// An entry of `no_proxy`: servers that are reached directly.
enum ProxyException: Sendable, Hashable {
    case everything
    /// The hosts below a domain; `itself` includes the domain's own name.
    case name(String, itself: Bool, port: Int?)
    case address(IPAddress, port: Int?)
    case range(AddressRange)

    static func list(_ text: String) -> [ProxyException] {
        text.split { $0 == "," || $0.isWhitespace }.compactMap { ProxyException($0.lowercased()) }
    }

    private init?(_ entry: String) {
        if entry == "*" {
            self = .everything
            return
        }
        if let range = AddressRange(entry) {
            self = .range(range)
            return
        }
        if let address = IPAddress(entry) {
            self = .address(address, port: nil)
            return
        }
        var host = entry[...]
        var port: Int?
        if let colon = host.lastIndex(of: ":"), let number = UInt16(host[host.index(after: colon)...]) {
            port = Int(number)
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let address = IPAddress(host) {
            self = .address(address, port: port)
            return
        }
        let isPattern = host.hasPrefix("*.")
        host = host.hasPrefix(".") ? host.dropFirst() : isPattern ? host.dropFirst(2) : host
        if host.hasSuffix(".") { host = host.dropLast() }
        guard let name = Punycode.host(host), !name.isEmpty, !name.contains("*") else { return nil }
        self = .name(name, itself: !isPattern, port: port)
    }

    func covers(_ target: WebAddress) -> Bool {
        switch self {
        case .everything: return true
        case .address(let address, let port):
            return IPAddress(target.host) == address && (port ?? target.effectivePort) == target.effectivePort
        case .range(let range): return IPAddress(target.host).map { range.contains($0) } ?? false
        case .name(let name, let itself, let port):
            guard (port ?? target.effectivePort) == target.effectivePort else { return false }
            let host = target.host.hasSuffix(".") ? target.host.dropLast() : target.host[...]
            return (itself && host == name) || host.hasSuffix("." + name)
        }
    }
}
