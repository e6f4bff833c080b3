import CoverModel

/// What a server presents in the TLS handshake.
public struct Handshake: Sendable {
    /// The server's certificate, followed by the other certificates that it sends.
    public var chain: [ServerCertificate] = []
    /// The version of TLS, as in `TLS 1.3`.
    public var tlsVersion = "TLS"
    /// The version of HTTP, as in `HTTP/2`.
    public var httpVersion = "HTTP/1.1"

    /// The path from the server's certificate towards the authority, as far as the server sends it. Each certificate is
    /// signed by the next.
    var path: [ServerCertificate] {
        var path = Array(chain.prefix(1))
        while let last = path.last, !last.isSelfSigned,
            let next = chain.first(where: { last.isSigned(by: $0) && !path.contains($0) })
        {
            path.append(next)
        }
        return path
    }

    /// Why the server is not trusted.
    ///
    /// - Parameters:
    ///   - host: the host that was asked for.
    ///   - authorities: the trusted authorities.
    ///   - ways: the settings that can name a file of authorities, for the error message.
    func fault(
        for host: String,
        among authorities: [ServerCertificate],
        namedIn ways: String,
        now: Timestamp
    ) -> CoverError? {
        guard let leaf = chain.first else { return nil }
        if let fault = leaf.invalidity(at: now) {
            return .untrusted(host, fault, "Its owner must renew it; is this machine's clock right?")
        }
        if let mismatch = leaf.mismatch(with: host) { return mismatch }
        for link in path.dropFirst() {
            guard let fault = link.invalidity(at: now) else { continue }
            return .untrusted(
                host,
                "depends on the certificate of “\(link.subject)”, which \(fault)",
                "The server's owner must have it replaced; is this machine's clock right?"
            )
        }
        return unknownAuthority(for: host, among: authorities, namedIn: ways, now)
    }

    /// Why the path leads to no trusted authority.
    private func unknownAuthority(
        for host: String,
        among authorities: [ServerCertificate],
        namedIn ways: String,
        _ now: Timestamp
    ) -> CoverError? {
        guard let leaf = chain.first, let top = path.last else { return nil }
        let named = authorities.filter { top.isSigned(by: $0) }
        if !leaf.isSelfSigned, let authority = named.first {
            let faults = named.compactMap { $0.invalidity(at: now) }
            guard let fault = faults.first, faults.count == named.count else {
                return .untrusted(
                    host,
                    "is signed by “\(top.issuer)”, and was refused though an authority of that name is trusted here",
                    "Its purpose or an extension may not fit, or the authority is another one of that name."
                )
            }
            return .untrusted(
                host,
                "depends on the authority “\(authority.subject)”, whose certificate here \(fault)",
                "Renew the list of authorities: the package ca-certificates, or the file in \(ways)."
            )
        }
        let way = top == leaf || leaf.isSigned(by: top) && top.isSelfSigned ? "" : " by way of “\(leaf.issuer)”"
        return .untrusted(
            host,
            leaf.isSelfSigned ? "is signed by itself" : "is signed by “\(top.issuer)”\(way), which is not trusted here",
            "Where your network checks TLS with an authority of its own, name its file in \(ways)"
                + (top.isSelfSigned ? "." : "; or the server leaves out an intermediate certificate.")
        )
    }
}
