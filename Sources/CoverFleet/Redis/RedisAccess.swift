package import NIOSSL

/// The password and the settings of TLS for a Redis. Both are read again for each connection, so changed files need no restart.
package struct RedisAccess: Sendable {
    /// Reads the password, for an address that contains none; nil if there is no password. The function blocks.
    let password: @Sendable () throws(FleetStoreError) -> String?
    /// Returns the settings of TLS, which say how to check the certificate of a server. The function blocks.
    let tls: @Sendable () throws(FleetStoreError) -> TLSConfiguration

    /// - Parameters:
    ///   - password: reads the password, for an address that contains none. The errors of this function do not contain
    ///     the password.
    ///   - tls: returns the settings of TLS.
    package init(
        password: @escaping @Sendable () throws(FleetStoreError) -> String?,
        tls: @escaping @Sendable () throws(FleetStoreError) -> TLSConfiguration
    ) {
        self.password = password
        self.tls = tls
    }
}
