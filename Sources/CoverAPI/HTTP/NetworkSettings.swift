public import CoverModel

/// How servers are reached from here, and which are believed: what a user sets because of the network that he is in.
public struct NetworkSettings: Sendable {
    let proxies: ProxySettings
    let authorities: TrustedAuthorities

    /// - Parameters:
    ///   - caFile: the authorities to trust instead of the system's.
    ///   - caFileName: the name of the setting that names this file, as errors give it.
    ///   - variable: looks up a variable of the environment.
    public init(
        caFile: String? = nil,
        caFileName: String? = nil,
        variable: (String) -> String? = { _ in nil }
    ) {
        proxies = ProxySettings(variable: variable)
        authorities = TrustedAuthorities(file: caFile, fileName: caFileName, variable: variable)
    }

    /// Refuses settings that cannot be used on the way to an endpoint, before there is anything to ask.
    ///
    /// - Throws: `badRequest`.
    public func check(endpoint: String) throws(CoverError) {
        guard let address = WebAddress(endpoint) else { return }
        _ = try proxies.proxy(for: address)
        if address.scheme == "https" { try authorities.check() }
    }
}
