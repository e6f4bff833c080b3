import AsyncHTTPClient
import CoverModel

/// What a proxy did in place of making the connection, as far as AsyncHTTPClient says.
enum ProxyFault {
    case slow
    /// The answer was not of the proxy's protocol, or the proxy closed the connection without an answer.
    case noAnswer
    case wantsLogin
    case refused

    /// - Returns: nil if the error is not about a proxy.
    init?(_ error: any Error, _ host: HostClient) {
        guard let proxy = host.proxy else { return nil }
        // The error types of NIOSOCKS have no product that this target could import.
        let type = String(reflecting: type(of: error))
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout: self = .slow
            case .proxyAuthenticationRequired: self = .wantsLogin
            case .invalidProxyResponse: self = .refused
            case .remoteConnectionClosed where host.connections.snapshot.made == 0: self = .noAnswer
            default: return nil
            }
        case _ where proxy.kind == .socks && (type.hasPrefix("NIOSOCKS.") || AsyncHTTPExchange.isNoResult(error)):
            if type.hasSuffix(".ConnectionFailed") {
                self = .refused
            } else {
                self = type.contains("Authentication") ? .wantsLogin : .noAnswer
            }
        default: return nil
        }
    }

    func error(_ host: HostClient) -> CoverError {
        var error = CoverError(isSlow ? .requestTimeout : .unreachable, "\(host.subject) \(words(host)).")
        let hasLogin = host.proxy?.hasLogin == true
        switch self {
        case .wantsLogin:
            error.retryable = false
            if !isSOCKS(host) { error.httpStatus = 407 }
        // Some proxies lock an account after a few wrong logins.
        case .refused where hasLogin: error.mostRetries = 1
        case .refused, .slow, .noAnswer: break
        }
        return error
    }

    private var isSlow: Bool { if case .slow = self { true } else { false } }

    private func isSOCKS(_ host: HostClient) -> Bool { host.proxy?.kind == .socks }

    private func words(_ host: HostClient) -> String {
        let (language, kind) = isSOCKS(host) ? ("SOCKS 5", "a SOCKS 5 proxy") : ("HTTP", "an HTTP proxy")
        let advice = "check that the variable names \(kind) and its port"
        return switch self {
        case .slow: "did not answer in time, or not in \(language); \(advice)"
        case .noAnswer: "gave no valid answer in \(language), and the connection to it ended; \(advice)"
        case .wantsLogin where isSOCKS(host): "wants a login, which is not supported with SOCKS"
        case .wantsLogin:
            "refuses the login, or wants one (HTTP 407); put user:password@ before its host, percent-encoded; "
                + "a login by Negotiate or NTLM is not supported"
        case .refused:
            "did not make the connection to \(host.address.host): it refused"
                + (host.proxy?.hasLogin == true ? ", the login perhaps" : "")
                + ", or cannot reach it; check that it allows this host"
        }
    }
}
