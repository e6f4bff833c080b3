package import NIOSSL

/// The password and the settings of TLS for a Redis. Both are read again for each connection, so changed files need no restart.
package struct RedisAccess: Sendable {
    let password: @Sendable () throws(FleetStoreError) -> String?
    let trust: RedisTrust

    /// - Parameters:
    ///   - password: reads the password of the user; nil if there is none. It comes before a password in the address.
    ///     The errors of this function do not contain the password. The function blocks.
    ///   - trust: how the certificate of the server is checked.
    package init(password: @escaping @Sendable () throws(FleetStoreError) -> String?, trust: RedisTrust) {
        self.password = password
        self.trust = trust
    }
}

/// How the certificate of a Redis is checked. The program gives the checks that it uses for the API.
package struct RedisTrust: Sendable {
    let settings: @Sendable () throws(FleetStoreError) -> TLSConfiguration
    let mismatch: @Sendable (_ certificate: NIOSSLCertificate, _ host: String) -> String?
    let fault: @Sendable (_ chain: [NIOSSLCertificate], _ host: String) -> String?

    /// - Parameters:
    ///   - settings: returns the settings of TLS, with the trusted authorities. The function blocks.
    ///   - mismatch: says why a certificate is not for a host, and what to do next; nil if it is for the host.
    ///   - fault: says why a chain of certificates is refused for a host, and what to do next; nil if no reason is
    ///     found. The function blocks.
    package init(
        settings: @escaping @Sendable () throws(FleetStoreError) -> TLSConfiguration,
        mismatch: @escaping @Sendable (_ certificate: NIOSSLCertificate, _ host: String) -> String?,
        fault: @escaping @Sendable (_ chain: [NIOSSLCertificate], _ host: String) -> String?
    ) {
        self.settings = settings
        self.mismatch = mismatch
        self.fault = fault
    }
}
