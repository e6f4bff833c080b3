public import CoverModel
package import NIOSSL

/// The settings for a user's network: how servers are reached, and which ones are trusted.
public struct NetworkSettings: Sendable {
    let proxies: ProxySettings
    let authorities: TrustedAuthorities

    /// - Parameters:
    ///   - caFile: a file of authorities to trust instead of the system's.
    ///   - caFileName: the name of the setting for this file. Error messages contain it.
    ///   - variable: looks up an environment variable.
    /// - Throws: `badRequest` for a file without certificates.
    public init(
        caFile: String? = nil,
        caFileName: String? = nil,
        variable: (String) -> String? = { _ in nil }
    ) {
        proxies = ProxySettings(variable: variable)
        authorities = TrustedAuthorities(file: caFile, fileName: caFileName, variable: variable)
    }

    /// Refuses settings that cannot be used for an endpoint, before any request.
    ///
    /// - Throws: `badRequest`.
    public func check(endpoint: String) throws(CoverError) {
        guard let address = WebAddress(endpoint) else { return }
        _ = try proxies.proxy(for: address)
        if address.scheme == "https" { try authorities.check() }
    }

    /// The TLS settings for a connection to a server other than the API, with the trusted authorities. The method
    /// blocks.
    ///
    /// - Throws: `badRequest` if a named file or folder cannot be used; `untrustedServer` if the system has no authorities.
    package func tls() throws(CoverError) -> TLSConfiguration { .client(trusting: try authorities.roots()) }

    /// Why a chain of certificates is refused for a host: it has expired, it is for another name, or its authority is
    /// unknown. The result is nil if no reason is found. The method blocks.
    ///
    /// - Parameters:
    ///   - chain: the server's certificate, followed by the other certificates that it sends.
    ///   - host: the host that was asked for.
    package func fault(of chain: [NIOSSLCertificate], for host: String) -> CoverError? {
        Handshake(chain: chain.map(ServerCertificate.init)).fault(
            for: host,
            among: authorities.certificates,
            namedIn: authorities.ways,
            now: Timeline.system.wallTime
        )
    }

    /// Why a certificate is not for a host, by the rules that hold for the API; nil if it is.
    package static func mismatch(of certificate: NIOSSLCertificate, with host: String) -> CoverError? {
        ServerCertificate(certificate).mismatch(with: host)
    }
}

extension TLSConfiguration {
    /// The TLS settings of a client that trusts servers with certificates of these authorities.
    static func client(trusting roots: NIOSSLTrustRoots) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = roots
        // NIOSSL's default allows TLS 1.0, which RFC 8996 forbids.
        tls.minimumTLSVersion = .tlsv12
        return tls
    }
}
