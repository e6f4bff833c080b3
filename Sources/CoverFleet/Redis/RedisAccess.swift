package import NIOSSL

/// What a Redis wants of its users. Both are read again for each connection, so that changed files need no restart.
package struct RedisAccess: Sendable {
    /// The password, where it is not in the address; nil: there is none. Blocks.
    let password: @Sendable () throws(FleetStoreError) -> String?
    /// How servers are checked. Blocks.
    let tls: @Sendable () throws(FleetStoreError) -> TLSConfiguration

    /// - Parameters:
    ///   - password: reads the password, where it is not in the address. Its error does not contain it.
    ///   - tls: gives the settings of TLS.
    package init(
        password: @escaping @Sendable () throws(FleetStoreError) -> String?,
        tls: @escaping @Sendable () throws(FleetStoreError) -> TLSConfiguration
    ) {
        self.password = password
        self.tls = tls
    }
}
