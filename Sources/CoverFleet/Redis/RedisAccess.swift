package import NIOSSL

/// The password and the settings of TLS for a Redis. Both are read again for each connection, so changed files need no restart.
package struct RedisAccess: Sendable {
    /// The password, if it is not in the address; nil if there is none. Blocks.
    let password: @Sendable () throws(FleetStoreError) -> String?
    /// The settings of TLS, by which servers are checked. Blocks.
    let tls: @Sendable () throws(FleetStoreError) -> TLSConfiguration

    /// - Parameters:
    ///   - password: reads the password, if it is not in the address. Its error does not contain the password.
    ///   - tls: returns the settings of TLS.
    package init(
        password: @escaping @Sendable () throws(FleetStoreError) -> String?,
        tls: @escaping @Sendable () throws(FleetStoreError) -> TLSConfiguration
    ) {
        self.password = password
        self.tls = tls
    }
}
